--- The colours of the status line: a colour scheme's red may be unreadable on its status line.

local contrast = require('specweave_lsp.contrast')

local M = {}

local BLACK, WHITE = 0, 0xffffff

--- What was set here. A group that says something else is the user's own, and stays.
--- @type table<string, vim.api.keyset.get_hl_info>
local ours = {}

local function get(name)
  return vim.api.nvim_get_hl(0, { name = name, link = false })
end

--- The colours that a group is drawn in, where the interface has any colour it likes.
--- @param name string
--- @return integer foreground, integer background
function M.colors(name)
  local group, normal = get(name), get('Normal')
  local is_dark = vim.o.background == 'dark'
  local foreground = group.fg or normal.fg or (is_dark and WHITE or BLACK)
  local background = group.bg or normal.bg or (is_dark and BLACK or WHITE)
  if group.reverse then
    return background, foreground
  end
  return foreground, background
end

--- @param name string
--- @param base string the highlight group around it
--- @param hue string the group that has the colour
local function define(name, base, hue)
  local now = vim.api.nvim_get_hl(0, { name = name })
  if not vim.tbl_isempty(now) and not vim.deep_equal(now, ours[name]) then
    return
  end
  local foreground, background = M.colors(base)
  local around = get(base)
  -- A terminal's 16 colours are whatever the user made of them: there it only stands out as bold.
  local cterm = vim.tbl_extend('force', around.cterm or {}, { bold = true })
  local red = contrast.readable(get(hue).fg or foreground, background)
  vim.api.nvim_set_hl(0, name, {
    -- Neovim adds what the line around it is, so that a reversed one reverses this too.
    fg = around.reverse and background or red,
    bg = around.reverse and red or background,
    reverse = around.reverse,
    bold = true,
    ctermfg = around.ctermfg,
    ctermbg = around.ctermbg,
    cterm = cterm,
  })
  ours[name] = vim.api.nvim_get_hl(0, { name = name })
end

function M.define()
  define('SpecweaveStatusError', 'StatusLine', 'DiagnosticError')
  define('SpecweaveStatusErrorNC', 'StatusLineNC', 'DiagnosticError')
end

return M
