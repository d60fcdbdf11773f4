-- As somebody who has installed the plugin has it: on the runtime path, and enabled.
vim.opt.runtimepath:append(vim.env.SPECWEAVE_PLUGIN)
vim.o.swapfile = false
vim.lsp.config('specweave_lsp', { cmd = { vim.env.SPECWEAVE_BINARY } })
vim.lsp.enable('specweave_lsp')
