--- `:checkhealth specweave_lsp`: each fault of installing, and what to do.

local config = require('specweave_lsp.config')
local paths = require('specweave_lsp.paths')
local program = require('specweave_lsp.health.program')
local specweave = require('specweave_lsp')

local M = {}

local health = vim.health

local RESTART = 'Restart Neovim.'

local function check_neovim()
  if vim.fn.has('nvim-0.11') == 1 then
    health.ok(('Neovim %s'):format(tostring(vim.version())))
  else
    health.error('Neovim 0.11 or newer is needed: `vim.lsp.enable` is not there.', { 'Update Neovim.' })
  end
  if not vim.g.did_load_filetypes then
    health.warn('File types are off, so no file starts the server.', { 'Put `filetype on` into your configuration.' })
  end
  if not vim.o.autoread then
    health.warn("'autoread' is off, so what other programs change is not read again.", {
      'Put `vim.o.autoread = true` into your configuration.',
    })
  end
end

local function check_plugin()
  local copies = {}
  for _, path in ipairs(vim.api.nvim_get_runtime_file('lua/specweave_lsp/health.lua', true)) do
    copies[vim.uv.fs_realpath(path) or path] = true
  end
  copies = vim.tbl_keys(copies)
  if #copies > 1 then
    table.sort(copies)
    local message = 'The plugin is on the runtime path %d times: %s.'
    health.warn(message:format(#copies, table.concat(copies, ', ')), { 'Remove all but one.' })
  end
  if vim.g.loaded_specweave_lsp then
    health.ok('The plugin is loaded.')
  else
    health.warn('`plugin/specweave_lsp.lua` was not loaded: no commands, and fixes are not saved.', {
      'Let your plugin manager load the plugin at the start; it does nothing until it is needed.',
    })
  end
  local has_help = #vim.api.nvim_get_runtime_file('doc/specweave-lsp.txt', false) > 0
  if has_help and #vim.fn.getcompletion('specweave-lsp', 'help') == 0 then
    health.warn('`:help specweave-lsp` does not work: the help has no tags.', { 'Run `:helptags ALL`.' })
  end
end

--- @param now vim.lsp.Config
local function check_configuration(now)
  if vim.lsp.is_enabled(specweave.NAME) then
    health.ok('The server is enabled.')
  else
    health.warn('The server is not enabled, so no file starts it.', {
      "Put `vim.lsp.enable('specweave_lsp')` into your configuration.",
    })
  end
  local replaced = {}
  if now.root_dir ~= config.root_dir then
    table.insert(replaced, 'root_dir')
  end
  if now.reuse_client ~= config.reuse_client then
    table.insert(replaced, 'reuse_client')
  end
  for method, handler in pairs(config.handlers) do
    if not now.handlers or now.handlers[method] ~= handler then
      table.insert(replaced, ("handlers['%s']"):format(method))
    end
  end
  for name in pairs(config.capabilities.experimental) do
    if not vim.tbl_get(now, 'capabilities', 'experimental', name) then
      table.insert(replaced, 'capabilities.experimental.' .. name)
    end
  end
  table.sort(replaced)
  if #replaced > 0 then
    local advice = { 'Leave these out of `vim.lsp.config()`, unless you mean to do without what they do.' }
    for _, path in ipairs(vim.api.nvim_get_runtime_file('lsp/specweave_lsp.lua', true)) do
      table.insert(advice, 'Configured in ' .. path)
    end
    health.warn('Another configuration replaces ' .. table.concat(replaced, ', ') .. '.', advice)
  end
  for name in pairs(now.settings or {}) do
    if name ~= 'specweave-lsp' then
      health.warn(('The server does not see `settings.%s`.'):format(name), {
        "Put settings under `settings['specweave-lsp']`.",
      })
    end
  end
  if vim.tbl_get(now, 'settings', 'specweave-lsp', 'saveAfterFix') == false then
    health.info('`saveAfterFix` is off: fixes stay unsaved until you save them.')
  end
end

local function check_project()
  local root = specweave.project_here()
  if not root then
    return health.warn(specweave.no_project(), {
      'Open a file of the project, or `:cd` into it. Outside of a project nothing is started.',
    })
  end
  health.ok('Project here: ' .. root)
  if not vim.uv.fs_stat(root .. '/.specweave/increments') then
    health.warn(('%s has no folder `.specweave/increments`, so there is nothing to check.'):format(root))
  end
end

--- Buffers that are files of an increment; `:checkhealth` has a buffer of its own on display.
local function check_buffers()
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    local name = vim.api.nvim_buf_get_name(buffer)
    if vim.api.nvim_buf_is_loaded(buffer) and paths.project_of_file(name) then
      local names = {}
      for _, client in ipairs(vim.lsp.get_clients({ bufnr = buffer })) do
        if client.name == specweave.NAME or program.is_ours(client.config.cmd) then
          table.insert(names, client.name)
        end
      end
      table.sort(names)
      if #names > 1 then
        local message = '%s has the server twice, as %s: each finding is shown twice.'
        health.error(message:format(name, table.concat(names, ' and ')), {
          'Remove your own configuration of the server, or `vim.lsp.enable(NAME, false)` all but `specweave_lsp`.',
        })
      elseif #names == 0 then
        local filetype = vim.bo[buffer].filetype
        local why = filetype == '' and 'it has no file type' or 'it was read before the server was enabled'
        health.warn(('No server is attached to %s.'):format(name), {
          ('If the rest of this report is fine, %s: `:edit` it again.'):format(why),
        })
      elseif names[1] ~= specweave.NAME then
        health.warn(('%s has the server as `%s`, not from this plugin.'):format(name, names[1]), {
          "Use `vim.lsp.enable('specweave_lsp')` instead: fixes are saved, and the status line works.",
        })
      end
    end
  end
end

--- @param client vim.lsp.Client
--- @param installed? string
local function check_client(client, installed)
  local info = client.server_info or {}
  local buffers = vim.tbl_count(client.attached_buffers)
  local message = '%s %s runs, attached to %d %s.'
  local noun = buffers == 1 and 'buffer' or 'buffers'
  health.ok(message:format(info.name or client.name, info.version or '', buffers, noun))
  if installed and info.version and installed ~= info.version then
    health.warn(('The program is %s by now, but %s is still running.'):format(installed, info.version), { RESTART })
  end
  for _, folder in ipairs(client.workspace_folders or {}) do
    health.info('Folder: ' .. folder.name)
  end
  -- Among them: that changes on disk are not seen.
  for _, warning in ipairs(config.warnings[client.id] or {}) do
    health.warn('The server said: ' .. warning)
  end
end

--- @param installed? string
local function check_clients(installed)
  local clients = vim.lsp.get_clients({ name = specweave.NAME })
  if #clients == 0 then
    return health.info('No server runs now. One starts with the first file of an increment, or the first command.')
  end
  for _, client in ipairs(clients) do
    check_client(client, installed)
  end
  if #clients > 1 then
    health.warn('More than one server runs, so findings may be shown twice.', { 'Do not change `reuse_client`.' })
  end
  local status = require('specweave_lsp.status').object()
  for _, project in ipairs(status and status.projects or {}) do
    local counts = project.counts
    local line = '%s: %d increments, %d open, %d %s, %d with errors'
    local path, desyncs = vim.uri_to_fname(project.root), counts.desyncs == 1 and 'desync' or 'desyncs'
    health.info(line:format(path, counts.increments, counts.open, counts.desyncs, desyncs, counts.errors))
  end
end

function M.check()
  health.start('specweave-lsp: installation')
  check_neovim()
  local now = vim.lsp.config[specweave.NAME]
  if not now or not now.cmd then
    return health.error('`lsp/specweave_lsp.lua` is not on the runtime path.', {
      'Install the folder `editors/nvim` of specweave-lsp, not the repository.',
      'Do not take the folder off the runtime path after loading it.',
    })
  end
  check_plugin()
  local installed = program.check(now.cmd)
  check_configuration(now)
  health.start('specweave-lsp: project')
  check_project()
  check_buffers()
  health.start('specweave-lsp: server')
  check_clients(installed)
end

return M
