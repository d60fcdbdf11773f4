-- `require('lualine').setup({ sections = { lualine_x = { 'specweave' } } })`

local status = require('specweave_lsp.status')

local M = require('lualine.component'):extend()

-- Only the foreground, so that the section keeps its background.
local function color()
  local group = status.group()
  local highlight = group and vim.api.nvim_get_hl(0, { name = group, link = false })
  return highlight and highlight.fg and { fg = ('#%06x'):format(highlight.fg) } or nil
end

function M:init(options)
  options.color = options.color or color
  M.super.init(self, options)
end

function M:update_status() -- luacheck: no unused args
  return (status.text():gsub('%%', '%%%%'))
end

return M
