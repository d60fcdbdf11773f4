--- What `lsp/specweave_lsp.lua` consists of: `:checkhealth` tells by it whether another configuration took its place.

local M = {}

--- What the server said that was no success, for `:checkhealth`.
--- @type table<integer, string[]>
M.warnings = {}

--- By path, not by file type: other Markdown and JSON starts nothing, and a plugin that calls Markdown something else
--- (vimwiki, for one) takes nothing away.
function M.root_dir(buffer, on_dir)
  local root = require('specweave_lsp.paths').project_of_file(vim.api.nvim_buf_get_name(buffer))
  if root then
    on_dir(root)
  end
end

--- One server for all projects: nested ones would be reported twice otherwise.
function M.reuse_client(client, config)
  return require('specweave_lsp').reuse(client, config)
end

M.capabilities = {
  experimental = {
    specweaveStatus = true,
    specweaveIncrements = true,
    specweaveApplied = true,
  },
}

M.handlers = {
  ['specweave/status'] = function(_, status, context)
    require('specweave_lsp.status').received(context.client_id, status)
  end,
  ['specweave/incrementsChanged'] = function(_, _, context)
    require('specweave_lsp').increments_changed(context.client_id)
  end,
  ['specweave/applied'] = function(_, applied, context)
    require('specweave_lsp.save').applied(vim.lsp.get_client_by_id(context.client_id), applied)
  end,
  ['window/showMessage'] = function(failure, params, context)
    if params.type <= vim.lsp.protocol.MessageType.Warning then
      local kept = vim.list_slice(M.warnings[context.client_id] or {}, 1, 9)
      M.warnings[context.client_id] = vim.list_extend({ params.message }, kept)
    end
    return vim.lsp.handlers['window/showMessage'](failure, params, context)
  end,
}

local function run(command)
  require('specweave_lsp.commands').run_lens(command)
end

--- What code lenses run. Neovim itself would log a refusal with its number in front.
M.commands = {
  ['specweave-lsp.close'] = run,
  ['specweave-lsp.open'] = run,
  ['specweave-lsp.setStatus'] = run,
  ['specweave-lsp.sync'] = run,
  ['specweave-lsp.syncAll'] = run,
}

return M
