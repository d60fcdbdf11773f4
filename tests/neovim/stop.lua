-- Neovim, about to end, would end by a signal if it still wrote to a server that is gone.
local running = vim.lsp.get_clients()
for _, client in ipairs(running) do
  client:stop()
end
vim.wait(5000, function()
  return vim.iter(running):all(function(client)
    return client:is_stopped()
  end)
end, 5)
