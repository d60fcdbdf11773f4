-- What somebody with mason.nvim and mason-lspconfig.nvim has in their configuration, with a registry in a folder; then
-- `:MasonInstall`, and a file with a desync. One line for each step, the last is what the server says.
--
--   SPECWEAVE_NVIM_PLUGINS   where the two plugins lie
--   REGISTRY                 a folder as Mason's registry is one: packages/specweave-lsp/package.yaml
--   LSPCONFIG                where lsp/specweave_lsp.lua lies: in nvim-lspconfig, once that has it

local plugins = vim.env.SPECWEAVE_NVIM_PLUGINS
for _, folder in ipairs({ plugins .. '/mason.nvim', plugins .. '/mason-lspconfig.nvim', vim.env.LSPCONFIG }) do
  vim.opt.runtimepath:append(folder)
end

local function say(...)
  io.stdout:write(table.concat({ ... }, ' '), '\n')
end

require('mason').setup({ registries = { 'file:' .. vim.env.REGISTRY } })
require('mason-lspconfig').setup()

-- Without a user interface it comes back when all is done, and ends Neovim when something failed.
vim.cmd.MasonInstall('specweave-lsp')
local package = require('mason-registry').get_package('specweave-lsp')
say('installed', package:get_installed_version())
say('program', vim.fn.exepath('specweave-lsp'))

-- mason-lspconfig starts what Mason installed, by the name that the entry says.
vim.cmd.edit('.specweave/increments/0047-us-task-linkage/spec.md')
vim.wait(60000, function()
  return #vim.diagnostic.get(0) > 0
end)
local client = vim.lsp.get_clients({ bufnr = 0 })[1]
say('client', client and client.name or 'none')
say('finding', (vim.diagnostic.get(0)[1] or {}).message or 'none')
vim.cmd('qall!')
