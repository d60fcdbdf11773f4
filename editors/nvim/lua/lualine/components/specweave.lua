-- `require('lualine').setup({ sections = { lualine_x = { 'specweave' } } })`

local contrast = require('specweave_lsp.contrast')
local highlights = require('specweave_lsp.highlights')
local status = require('specweave_lsp.status')

local M = require('lualine.component'):extend()

--- Themes define the outer sections only for the left side.
local MIRRORED = { x = 'c', y = 'b', z = 'a' }

--- @param section? string
--- @return string
local function group_around(section)
  for _, name in ipairs({ section, MIRRORED[section] }) do
    local group = ('lualine_%s_normal'):format(name)
    if not vim.tbl_isempty(vim.api.nvim_get_hl(0, { name = group })) then
      return group
    end
  end
  return 'StatusLine'
end

--- On the section's own background, which need not be that of the status line.
--- @param place? { section: string }
local function color(place)
  if not status.group() then
    return
  end
  local foreground, background = highlights.colors(group_around(place and place.section))
  local red = vim.api.nvim_get_hl(0, { name = 'DiagnosticError', link = false }).fg or foreground
  return {
    fg = ('#%06x'):format(contrast.readable(red, background)),
    bg = ('#%06x'):format(background),
    gui = 'bold',
  }
end

function M:init(options)
  options.color = options.color or color
  M.super.init(self, options)
end

function M:update_status() -- luacheck: no unused args
  return (status.text():gsub('%%', '%%%%'))
end

return M
