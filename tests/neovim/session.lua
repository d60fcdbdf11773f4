-- One scenario in a real Neovim: nvim -l session.lua SCENARIO ROOT BINARY. Prints what the two files say afterwards, as
-- JSON: the buffer's text where there is one, else the file's. An error ends Neovim with a status other than 0.
local scenario, root, binary = arg[1], arg[2], arg[3]
local folder = root .. '/.specweave/increments/0047-us-task-linkage/'
local spec, metadata = folder .. 'spec.md', folder .. 'metadata.json'
local shown = {}

local function must(what, condition)
  if not vim.wait(15000, condition, 20) then
    error('waited in vain for ' .. what)
  end
end

vim.lsp.handlers['window/showMessage'] = function(_, params)
  table.insert(shown, params.message)
end
vim.o.hidden = true
vim.o.swapfile = false

local function attach(...)
  vim.cmd('filetype on')
  vim.lsp.config('specweave', { cmd = { binary }, filetypes = { ... }, root_markers = { '.specweave' } })
  vim.lsp.enable('specweave')
end

local function open(path)
  if not vim.lsp.is_enabled('specweave') then
    attach('markdown', 'json')
  end
  vim.cmd.edit(vim.fn.fnameescape(path))
  local buffer = vim.api.nvim_get_current_buf()
  must('the client', function()
    return #vim.lsp.get_clients({ bufnr = buffer }) == 1
  end)
  return buffer
end

local function text(path)
  local buffer = vim.fn.bufnr(path)
  if buffer >= 0 and vim.api.nvim_buf_is_loaded(buffer) then
    return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
  end
  return table.concat(vim.fn.readfile(path), '\n')
end

local function type_line(path)
  local line = path == spec and '# typed meanwhile' or '  "typed": "meanwhile",'
  vim.api.nvim_buf_set_lines(vim.fn.bufnr(path), 1, 1, false, { line })
end

-- Runs `before` at the moment the server's edit arrives.
local function on_edit(before)
  local apply = vim.lsp.handlers['workspace/applyEdit']
  local first = true
  vim.lsp.handlers['workspace/applyEdit'] = function(...)
    if first then
      first = false
      before()
    end
    return apply(...)
  end
end

local function command(name, argument)
  local client = vim.lsp.get_clients({ name = 'specweave' })[1]
  local answer
  client:request('workspace/executeCommand', { command = name, arguments = { argument } }, function(err, result)
    answer = { error = err and err.message, result = result }
  end)
  must('the answer to ' .. name, function()
    return answer
  end)
  return answer
end

local function findings(path)
  local codes = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(vim.fn.bufadd(path))) do
    table.insert(codes, diagnostic.code)
  end
  return table.concat(codes, ' ')
end

local function fix(title)
  must('a desync', function()
    return findings(spec) == 'status-desync' and findings(metadata) == 'status-desync'
  end)
  vim.api.nvim_win_set_cursor(0, { 4, 9 })
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.title:find(title, 1, true) == 1
    end,
  })
  must('the statuses to agree', function()
    return text(spec):match('status: (%S+)') == text(metadata):match('"status": "(%S+)"')
  end)
end

local close = { increment = '0047-us-task-linkage' }
local answer
local scenarios = {
  fix_spec = function()
    open(spec)
    fix('Set spec.md status')
  end,
  fix_metadata = function()
    open(spec)
    fix('Set metadata.json status')
  end,
  close = function()
    open(spec)
    answer = command('specweave-lsp.close', close)
  end,
  -- The other file is loaded into a buffer that the server never hears of.
  unattached = function()
    attach('markdown')
    open(spec)
    answer = command('specweave-lsp.close', close)
  end,
  -- The first file is skipped silently, the second changed, the answer is `applied: true`.
  stale_first = function()
    open(spec)
    on_edit(function()
      type_line(spec)
    end)
    answer = command('specweave-lsp.close', close)
  end,
  -- Only the first file's version is checked: the outdated edit of the second one is applied.
  stale_last = function()
    open(metadata)
    open(spec)
    on_edit(function()
      type_line(metadata)
    end)
    answer = command('specweave-lsp.close', close)
  end,
  hidden_modified = function()
    open(metadata)
    type_line(metadata)
    open(spec)
    answer = command('specweave-lsp.close', close)
  end,
  read_only = function()
    open(spec)
    vim.uv.fs_chmod(metadata, tonumber('444', 8))
    answer = command('specweave-lsp.close', close)
  end,
  -- Made read-only only when the edit is on its way: Neovim changes the buffer all the same.
  read_only_late = function()
    open(spec)
    on_edit(function()
      vim.uv.fs_chmod(metadata, tonumber('444', 8))
    end)
    answer = command('specweave-lsp.close', close)
  end,
  -- Another program changes the file of a buffer that is not modified: the buffer keeps the old text.
  changed_on_disk = function()
    open(metadata)
    open(spec)
    -- Answered once the server has seen both texts as they are on disk.
    command('specweave-lsp.report')
    local lines = vim.fn.readfile(metadata)
    lines[2] = '  "id": "0047",'
    vim.fn.writefile(lines, metadata)
    answer = command('specweave-lsp.close', close)
  end,
}

scenarios[scenario]()
io.write(vim.json.encode({
  spec = text(spec),
  metadata = text(metadata),
  shown = shown,
  answer = answer or vim.NIL,
}))
dofile(vim.fs.dirname(vim.fs.normalize(vim.fn.expand(arg[0]))) .. '/stop.lua')
