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

local function highlights()
  vim.api.nvim_set_hl(0, 'SpecweaveStatusError', { link = 'DiagnosticError', default = true })
  vim.api.nvim_set_hl(0, 'SpecweaveStatusWarn', { link = 'DiagnosticWarn', default = true })
end
highlights()
on('ColorScheme', '*', highlights)

local function command(name, description, bang)
  vim.api.nvim_create_user_command('Specweave' .. name, function(given)
    require('specweave_lsp.commands')[name](given)
  end, {
    nargs = '*',
    bang = bang,
    desc = description,
    complete = function(...)
      return require('specweave_lsp.commands').complete(name, ...)
    end,
  })
end

command('Close', 'Complete an increment, in both files')
command('Status', 'Show how an increment is, or change its status')
command('Sync', 'Make the two statuses of an increment agree; with ! of all', true)
command('Increments', 'Choose an increment and open it')
