--- `:checkhealth specweave_lsp`

local specweave = require('specweave_lsp')

local M = {}

local health = vim.health

local function check_neovim()
  if vim.fn.has('nvim-0.11') == 1 then
    health.ok(('Neovim %s'):format(tostring(vim.version())))
  else
    health.error('Neovim 0.11 or newer is needed: `vim.lsp.enable` is not there.')
  end
  if not vim.g.did_load_filetypes then
    health.warn('File types are off, so no server is started.', { 'Put `filetype on` into your configuration.' })
  end
end

--- @param command any
local function check_program(command)
  if type(command) ~= 'table' then
    return health.info('`cmd` is a function; whether it finds the program shows when it starts.')
  end
  local program = vim.fn.exepath(command[1])
  if program == '' then
    return health.error(('`%s` is not installed, or not on the PATH.'):format(command[1]), {
      'Install it with `cargo install --path .` in a clone of specweave-lsp.',
      "Or say where it is: `vim.lsp.config('specweave_lsp', { cmd = { '/path/to/specweave-lsp' } })`.",
    })
  end
  local started, answer = pcall(function()
    return vim.system({ program, '--version' }, { text = true, timeout = 5000 }):wait()
  end)
  if started and answer.code == 0 then
    health.ok(('%s: %s'):format(program, vim.trim(answer.stdout)))
  else
    local why = started and vim.trim(answer.stderr) or answer
    health.error(('%s does not run: %s'):format(program, why), { 'Build it again on this machine.' })
  end
end

local function check_configuration()
  if vim.lsp.is_enabled(specweave.NAME) then
    health.ok('The server is enabled.')
  else
    health.warn('The server is not enabled, so no file starts it.', {
      "Put `vim.lsp.enable('specweave_lsp')` into your configuration.",
    })
  end
  if not vim.g.loaded_specweave_lsp then
    health.warn('`plugin/specweave_lsp.lua` was not loaded: no commands, and fixes are not saved.', {
      'Let your plugin manager load the plugin at the start; it does nothing until it is needed.',
    })
  end
end

local function check_clients()
  local clients = vim.lsp.get_clients({ name = specweave.NAME })
  if #clients == 0 then
    return health.info('No server runs now. One starts with the first file of an increment, or the first command.')
  end
  for _, client in ipairs(clients) do
    local info = client.server_info or {}
    local buffers = vim.tbl_count(client.attached_buffers)
    health.ok(('%s %s runs, attached to %d buffers.'):format(info.name or client.name, info.version or '', buffers))
    for _, folder in ipairs(client.workspace_folders or {}) do
      health.info('Folder: ' .. folder.name)
    end
  end
  if #clients > 1 then
    health.warn('More than one server runs, so findings may be shown twice.', { 'Do not change `reuse_client`.' })
  end
  local status = require('specweave_lsp.status').object()
  for _, project in ipairs(status and status.projects or {}) do
    local counts = project.counts
    local line = '%s: %d increments, %d open, %d out of step, %d with errors'
    local path = vim.uri_to_fname(project.root)
    health.info(line:format(path, counts.increments, counts.open, counts.desyncs, counts.errors))
  end
end

function M.check()
  health.start('specweave-lsp')
  check_neovim()
  local config = vim.lsp.config[specweave.NAME]
  if not config then
    return health.error('`lsp/specweave_lsp.lua` is not on the runtime path.', {
      'Install the folder `editors/nvim` of specweave-lsp, not the repository.',
    })
  end
  check_program(config.cmd)
  check_configuration()
  local root = specweave.project_here()
  if root then
    health.ok('Project here: ' .. root)
  else
    health.info('No project here: no folder `.specweave` in or above ' .. vim.fn.getcwd())
  end
  check_clients()
end

return M
