--- Reports in a window of their own.

local M = {}

--- Shows lines in a split, or in the window that has a report of this name; `q` closes it.
--- @param name string
--- @param lines string[]
--- @return integer buffer
function M.show(name, lines)
  name = 'specweave://' .. name
  local buffer = vim.iter(vim.api.nvim_list_bufs()):find(function(it)
    return vim.api.nvim_buf_get_name(it) == name
  end)
  local window = buffer and vim.fn.win_findbuf(buffer)[1]
  if window then
    vim.api.nvim_set_current_win(window)
  else
    vim.cmd('botright split')
    buffer = buffer or vim.api.nvim_create_buf(false, true)
    vim.api.nvim_win_set_buf(0, buffer)
    vim.api.nvim_buf_set_name(buffer, name)
    vim.bo[buffer].bufhidden = 'wipe'
    vim.bo[buffer].filetype = 'specweave'
    vim.wo[0][0].wrap = false
    vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buffer, nowait = true, desc = 'Close this window' })
  end
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].modified = false
  vim.api.nvim_win_set_height(0, math.max(1, math.min(#lines, math.floor(vim.o.lines / 2))))
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  return buffer
end

return M
