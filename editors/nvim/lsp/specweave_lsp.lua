-- What `vim.lsp.enable('specweave_lsp')` starts. `vim.lsp.config('specweave_lsp', …)` changes any of it.

-- A plugin manager that loads plugins by itself may have put this folder on the runtime path only.
vim.cmd.runtime('plugin/specweave_lsp.lua')

local config = require('specweave_lsp.config')

return {
  cmd = { 'specweave-lsp' },
  root_dir = config.root_dir,
  reuse_client = config.reuse_client,
  capabilities = config.capabilities,
  handlers = config.handlers,
  commands = config.commands,
}
