--- What a buffer gets when the server is attached to it.

local save = require('specweave_lsp.save')

local M = {}

--- @param client vim.lsp.Client
--- @param buffer integer
function M.attached(client, buffer)
  -- A buffer that was read before this plugin was loaded.
  if not save.is_known(buffer) and not vim.bo[buffer].modified then
    save.remember(buffer)
  end
  require('specweave_lsp.answers').attach(client)
  require('specweave_lsp.lens').attach(client, buffer)

  -- Agents and SpecWeave itself write these files. Neovim looks at the buffers on display when it gets the focus; a
  -- hidden one would keep the old text, and the server believes buffers. Only what 'autoread' reads unasked is read.
  vim.api.nvim_create_autocmd({ 'BufEnter', 'CursorHold', 'CursorHoldI', 'FocusGained' }, {
    group = vim.api.nvim_create_augroup('specweave_lsp.buffer.' .. buffer, {}),
    callback = function()
      if not vim.api.nvim_buf_is_loaded(buffer) then
        return true
      end
      if vim.o.autoread and not vim.bo[buffer].modified and vim.uv.fs_stat(vim.api.nvim_buf_get_name(buffer)) then
        vim.cmd.checktime(buffer)
      end
    end,
  })
end

return M
