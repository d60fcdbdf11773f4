--- The command line of the program that is the server, for what the server itself does not answer.

local specweave = require('specweave_lsp')
local window = require('specweave_lsp.window')

local M = {}

--- Runs `specweave-lsp ARGUMENTS` in the project here, and shows in a window what it prints.
--- @param title string
--- @param arguments string[]
function M.show(title, arguments)
  local root, problem = specweave.project_here(), specweave.obstacle()
  local config = vim.lsp.config[specweave.NAME]
  if not root then
    problem = specweave.no_project()
  elseif type(config.cmd) ~= 'table' then
    problem = '`cmd` is a function, so the program that prints this is not known.'
  end
  if problem then
    return specweave.say(problem, vim.log.levels.ERROR)
  end
  local command = vim.iter({ config.cmd[1], arguments, '--project', root }):flatten():totable()
  local options = { text = true, cwd = root, env = { NO_COLOR = '1' } }
  local started, why = pcall(
    vim.system,
    command,
    options,
    vim.schedule_wrap(function(done)
      local printed = vim.trim(done.stdout or '') ~= '' and done.stdout or nil
      if not printed then
        local message = vim.trim(done.stderr or '')
        return specweave.say(message ~= '' and message or 'Nothing was printed.', vim.log.levels.ERROR)
      end
      window.show(title, vim.split(printed:gsub('%s+$', ''), '\n'))
      if vim.trim(done.stderr or '') ~= '' then
        specweave.say(vim.trim(done.stderr), vim.log.levels.WARN)
      end
    end)
  )
  if not started then
    specweave.say(('`%s` could not be run: %s'):format(command[1], why), vim.log.levels.ERROR)
  end
end

return M
