if vim.g.loaded_specweave_lsp then
  return
end
vim.g.loaded_specweave_lsp = true

local group = vim.api.nvim_create_augroup('specweave_lsp', {})

local function on(events, pattern, callback)
  vim.api.nvim_create_autocmd(events, { group = group, pattern = pattern, callback = callback })
end

-- What the files said when they were read is needed before a server is there.
local FILES = vim
  .iter({ 'spec.md', 'metadata.json', 'tasks.md' })
  :map(function(name)
    return '*/.specweave/increments/*/' .. name
  end)
  :totable()
on({ 'BufReadPost', 'BufWritePost', 'FileChangedShellPost' }, FILES, function(event)
  require('specweave_lsp.save').remember(event.buf)
end)
on('BufWipeout', FILES, function(event)
  require('specweave_lsp.save').forget(event.buf)
end)

on('LspAttach', '*', function(event)
  local client = vim.lsp.get_client_by_id(event.data.client_id)
  if client and client.name == require('specweave_lsp').NAME then
    require('specweave_lsp.attach').attached(client, event.buf)
  end
end)

-- A colour scheme clears all groups; 'background' alone changes the default one. Before there is a status, none
-- is needed.
local function redefine_highlights()
  if package.loaded['specweave_lsp.highlights'] then
    require('specweave_lsp.highlights').define()
  end
end
on('ColorScheme', '*', redefine_highlights)
on('OptionSet', 'background', redefine_highlights)

--- @param called string
--- @param description string
--- @param subcommand? string else it is the first argument
--- @param bang? boolean
local function command(called, description, subcommand, bang)
  vim.api.nvim_create_user_command(called, function(given)
    local name, words = subcommand, given.fargs
    if not name then
      name, words = words[1] or 'status', vim.list_slice(words, 2)
    end
    require('specweave_lsp.commands').run(name, words, given.bang)
  end, {
    nargs = '*',
    bang = bang,
    desc = description,
    complete = function(...)
      return require('specweave_lsp.complete').complete(...)
    end,
  })
end

command('Specweave', 'Show, change, fix and close increments', nil, true)
command('SpecweaveClose', 'Complete an increment, in both files', 'close')
command('SpecweaveStatus', 'Show how an increment is, or change its status', 'status')
command('SpecweaveSync', 'Fix the desync of an increment; with ! of all', 'sync', true)
command('SpecweaveIncrements', 'Choose an increment and open it', 'open')

local function map(name, what, description)
  vim.keymap.set('n', ('<Plug>(specweave-%s)'):format(name), ('<Cmd>Specweave%s<CR>'):format(what), {
    desc = description,
  })
end

map('close', ' close', 'Complete this increment, in both files')
map('history', ' history', 'How the statuses of this increment came about')
map('history-all', '! history', 'Every desync that the project has had')
map('log', ' log', 'What specweave-lsp has changed')
map('open', ' open', 'Choose an increment and open it')
map('status', ' status', 'How this increment is')
map('sync', ' sync', 'Fix the desync of this increment')
map('sync-all', '! sync', 'Fix every desync of the project')
map('undo', ' undo', 'Take the last change back')
