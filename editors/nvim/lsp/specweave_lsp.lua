-- What `vim.lsp.enable('specweave_lsp')` starts. `vim.lsp.config('specweave_lsp', …)` changes any of it.

-- A plugin manager that loads plugins by itself may have put this folder on the runtime path only.
vim.cmd.runtime('plugin/specweave_lsp.lua')

local paths = require('specweave_lsp.paths')
local run = require('specweave_lsp.commands').run_lens

return {
  cmd = { 'specweave-lsp' },

  -- By path, not by file type: other Markdown and JSON starts nothing, and a plugin that calls Markdown something else
  -- (vimwiki, for one) takes nothing away.
  root_dir = function(buffer, on_dir)
    local root = paths.project_of_file(vim.api.nvim_buf_get_name(buffer))
    if root then
      on_dir(root)
    end
  end,

  -- One server for all projects: nested ones would be reported twice otherwise.
  reuse_client = function(client, config)
    return require('specweave_lsp').reuse(client, config)
  end,

  capabilities = {
    experimental = {
      specweaveStatus = true,
      specweaveIncrements = true,
      specweaveApplied = true,
    },
  },

  handlers = {
    ['specweave/status'] = function(_, status, context)
      require('specweave_lsp.status').received(context.client_id, status)
    end,
    ['specweave/incrementsChanged'] = function(_, _, context)
      require('specweave_lsp').increments_changed(context.client_id)
    end,
    ['specweave/applied'] = function(_, applied, context)
      require('specweave_lsp.save').applied(vim.lsp.get_client_by_id(context.client_id), applied)
    end,
  },

  -- What code lenses run. Neovim itself would log a refusal with its number in front.
  commands = {
    ['specweave-lsp.close'] = run,
    ['specweave-lsp.open'] = run,
    ['specweave-lsp.setStatus'] = run,
    ['specweave-lsp.sync'] = run,
    ['specweave-lsp.syncAll'] = run,
  },
}
