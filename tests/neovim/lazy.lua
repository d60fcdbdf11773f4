-- As somebody with lazy.nvim has it, with one of the two snippets of the README.
vim.o.swapfile = false
vim.opt.runtimepath:prepend(vim.env.SPECWEAVE_NVIM_PLUGINS .. '/lazy.nvim')

local specs = {
  folder = { dir = vim.env.SPECWEAVE_PLUGIN, name = 'specweave-lsp', lazy = false },
  clone = {
    url = vim.env.SPECWEAVE_REPOSITORY,
    name = 'specweave-lsp',
    lazy = false,
    config = function(plugin)
      vim.opt.runtimepath:append(plugin.dir .. '/editors/nvim')
      vim.cmd.runtime('plugin/specweave_lsp.lua')
    end,
  },
}

require('lazy').setup({ specs[vim.env.SPECWEAVE_LAZY] }, {
  rocks = { enabled = false },
  change_detection = { enabled = false },
  pkg = { enabled = false },
})
vim.lsp.enable('specweave_lsp')
