--- Code lenses: Neovim shows them, but does not ask for them by itself.

local M = {}

--- Newer versions of Neovim keep them fresh once they are switched on.
local keeps_fresh = vim.lsp.codelens.enable ~= nil

--- @param client vim.lsp.Client
--- @param buffer integer
function M.attach(client, buffer)
  if not client:supports_method('textDocument/codeLens', buffer) then
    return
  end
  if keeps_fresh then
    return vim.lsp.codelens.enable(true, { bufnr = buffer, client_id = client.id })
  end
  local function refresh()
    vim.lsp.codelens.refresh({ bufnr = buffer })
  end
  vim.api.nvim_create_autocmd({ 'BufEnter', 'InsertLeave', 'TextChanged' }, {
    group = vim.api.nvim_create_augroup('specweave_lsp.lens.' .. buffer, {}),
    buffer = buffer,
    callback = refresh,
  })
  refresh()
end

--- Something changed outside the buffers: asked again.
--- @param client_id integer
function M.refresh(client_id)
  local client = vim.lsp.get_client_by_id(client_id)
  if keeps_fresh or not client or not client:supports_method('textDocument/codeLens') then
    return
  end
  for buffer in pairs(client.attached_buffers) do
    vim.lsp.codelens.refresh({ bufnr = buffer })
  end
end

return M
