-- What is shown: the status line, code lenses, hover, windows.

return function(scenarios, t)
  local must, equal, open = t.must, t.equal, t.open

  local STATUS = "%{%v:lua.require'specweave_lsp.status'.get()%}"

  local function line(window)
    return vim.api.nvim_eval_statusline(STATUS, { highlights = true, winid = window })
  end

  -- By the formulas of WCAG 2.1, on their own: what the plugin computes is what is tested.
  local function contrast(one, other)
    local function luminance(color)
      local sum, weights = 0, { 0.2126, 0.7152, 0.0722 }
      for index, digits in ipairs({ ('%06x'):format(color):match('(..)(..)(..)') }) do
        local share = tonumber(digits, 16) / 255
        sum = sum + weights[index] * (share <= 0.03928 and share / 12.92 or ((share + 0.055) / 1.055) ^ 2.4)
      end
      return sum
    end
    local a, b = luminance(one), luminance(other)
    return (math.max(a, b) + 0.05) / (math.min(a, b) + 0.05)
  end

  local function group_of(shown)
    local found = vim.iter(shown.highlights):find(function(it)
      return it.group:find('Specweave', 1, true)
    end)
    return found and found.group
  end

  local function must_alarm()
    must('the desync in the status line', function()
      return line().str:find('⊗', 1, true) ~= nil
    end)
  end

  function scenarios.status_line()
    local status = require('specweave_lsp.status')
    equal('before there is a server', '', line().str)
    local redraws = 0
    vim.api.nvim_create_autocmd('User', {
      pattern = 'SpecweaveStatus',
      callback = function()
        redraws = redraws + 1
      end,
    })
    open(t.spec)
    must_alarm()
    local before, group = line().str, status.group()
    equal('in red', 'SpecweaveStatusError', group)
    equal('the highlight', group, group_of(line()))
    equal('redrawn', true, redraws > 0)
    t.fix('Set spec.md status')
    must('the status line to be calm', function()
      return line().str == 'no open increments' and status.group() == nil
    end)
    local after = line().str
    t.clients()[1]:stop(true)
    must('the end of the server', function()
      return line().str == ''
    end)
    return { before = before, after = after }
  end

  function scenarios.alarm_can_be_read()
    open(t.spec)
    must_alarm()
    local worst, seen = math.huge, 0
    local function look(what)
      for name, around in pairs({ SpecweaveStatusError = 'StatusLine', SpecweaveStatusErrorNC = 'StatusLineNC' }) do
        local drawn, base = vim.api.nvim_get_hl(0, { name = name }), vim.api.nvim_get_hl(0, { name = around })
        -- Neovim draws it reversed if the line around it is.
        equal(('%s, %s: reversed'):format(what, name), base.reverse, drawn.reverse)
        local behind = base.reverse and 'fg' or 'bg'
        if base[behind] then
          equal(('%s, %s: the background'):format(what, name), base[behind], drawn[behind])
        end
        local ratio = contrast(drawn.fg, drawn.bg)
        equal(('%s, %s: %.2f is enough'):format(what, name, ratio), true, ratio >= 4.5)
        worst, seen = math.min(worst, ratio), seen + 1
      end
    end
    for _, background in ipairs({ 'dark', 'light' }) do
      vim.o.background = background
      for _, scheme in ipairs(vim.fn.getcompletion('', 'color')) do
        vim.cmd.colorscheme(scheme)
        look(background .. ' ' .. scheme)
      end
    end
    -- Without a colour scheme, 'background' changes the colours and says nothing else.
    for _, background in ipairs({ 'dark', 'light', 'dark' }) do
      vim.cmd('highlight clear')
      vim.g.colors_name = nil
      vim.o.background = background
      look('no scheme, ' .. background)
    end
    -- A configuration that sets the line's colours after the colour scheme, and another that is grey in grey.
    vim.api.nvim_set_hl(0, 'StatusLine', { fg = 0xffffff, bg = 0xc02020 })
    vim.api.nvim_set_hl(0, 'StatusLineNC', { fg = 0x808080, bg = 0x777777, reverse = true })
    local client = t.clients()[1]
    client.handlers['specweave/status'](nil, require('specweave_lsp.status').object(), { client_id = client.id })
    look('changed afterwards')
    return { worst = worst, seen = seen }
  end

  function scenarios.alarm_in_other_windows()
    vim.o.laststatus = 2
    open(t.spec)
    must_alarm()
    vim.cmd.split()
    local groups = {}
    vim.o.statusline = STATUS .. '%{v:lua.Note()}'
    function _G.Note()
      local is_current = tonumber(vim.g.actual_curwin) == vim.api.nvim_get_current_win()
      groups[is_current and 'current' or 'other'] = require('specweave_lsp.status').get():match('#(.-)#')
      return ''
    end
    vim.cmd('redrawstatus!')
    must('both to be drawn', function()
      return groups.current and groups.other
    end)
    equal('groups', { current = 'SpecweaveStatusError', other = 'SpecweaveStatusErrorNC' }, groups)
  end

  -- A group that a configuration defines is its own.
  function scenarios.alarm_in_own_colours()
    vim.api.nvim_set_hl(0, 'SpecweaveStatusError', { link = 'ErrorMsg' })
    open(t.spec)
    must_alarm()
    equal('the group', { link = 'ErrorMsg' }, vim.api.nvim_get_hl(0, { name = 'SpecweaveStatusError' }))
  end

  -- The server's own text, as VS Code shows it.
  function scenarios.text_of_the_server()
    local status = require('specweave_lsp.status')
    open(t.spec)
    must('the status', status.object)
    equal('the text', status.object().text, status.text())
    equal('it is short', true, vim.fn.strdisplaywidth(status.text()) <= 40 and status.text() ~= '')
  end

  -- lualine itself, in themes of its own with dark, light and coloured sections.
  function scenarios.lualine()
    vim.opt.runtimepath:append(vim.env.SPECWEAVE_NVIM_PLUGINS .. '/lualine.nvim')
    vim.o.laststatus = 2
    local lualine = require('lualine')
    local function drawn(section, theme)
      local none = {}
      local sections = { lualine_a = none, lualine_b = none, lualine_c = none, lualine_x = none, lualine_y = none }
      sections.lualine_z = none
      sections['lualine_' .. section] = { 'specweave' }
      lualine.setup({ options = { theme = theme, section_separators = '' }, sections = sections })
      return vim.api.nvim_eval_statusline(lualine.statusline(true), { highlights = true })
    end
    equal('without a server', '', vim.trim(drawn('x', 'auto').str))
    open(t.spec)
    must_alarm()
    local worst = math.huge
    for _, theme in ipairs({
      'auto',
      'gruvbox_dark',
      'gruvbox_light',
      'ayu_light',
      'material',
      'nord',
      'papercolor_light',
    }) do
      for _, section in ipairs({ 'a', 'c', 'x', 'y' }) do
        local shown = drawn(section, theme)
        local what = ('%s in section %s'):format(theme, section)
        equal(what, '⊗ 0047 active ≠ completed', vim.trim(shown.str))
        local group = vim.iter(shown.highlights):find(function(it)
          return it.group:find('specweave', 1, true)
        end)
        local colors = vim.api.nvim_get_hl(0, { name = group.group, link = false })
        local ratio = contrast(colors.fg, colors.bg)
        equal(('%s: %.2f is enough'):format(what, ratio), true, ratio >= 4.5)
        local around = section == 'x' and 'c' or section == 'y' and 'b' or section
        local section_colors = vim.api.nvim_get_hl(0, { name = ('lualine_%s_normal'):format(around), link = false })
        equal(what .. ', the background', section_colors.bg, colors.bg)
        worst = math.min(worst, ratio)
      end
    end
    t.fix('Set spec.md status')
    must('the end of the alarm', function()
      return vim.trim(drawn('x', 'auto').str) == 'no open increments'
    end)
    return { worst = worst }
  end

  -- Code lenses.

  local function lenses()
    return vim.tbl_map(function(lens)
      return lens.command.title
    end, vim.lsp.codelens.get(0))
  end

  -- As they stand in the text; a pair of lenses has ` | ` between them.
  local function drawn_lenses()
    local id = vim.iter(pairs(vim.api.nvim_get_namespaces())):find(function(name)
      return name:find('codelens:', 1, true)
    end)
    local namespace = id and vim.api.nvim_get_namespaces()[id]
    local mark = namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })[1]
    local shown = mark and (mark[4].virt_text or mark[4].virt_lines[1]) or {}
    local texts = vim.tbl_map(function(chunk)
      return chunk[1]
    end, shown)
    return vim.split(vim.trim(table.concat(texts)), ' | ', { plain = true })
  end

  function scenarios.code_lens()
    open(t.spec)
    local function must_show(what, expected)
      must(what, function()
        return vim.deep_equal(expected, lenses()) and vim.deep_equal(expected, drawn_lenses())
      end)
    end
    local function run(title)
      vim.ui.select = function(items, _, on_choice)
        on_choice(vim.iter(items):find(function(item)
          return item.lens.command.title == title
        end))
      end
      vim.api.nvim_win_set_cursor(0, { 4, 0 })
      vim.lsp.codelens.run()
    end
    must('the desync', function()
      return #lenses() > 0
    end)
    local desync = lenses()[1]
    must_show('the desync first', { desync, 'Set both to completed', 'Set both to active' })
    run('Set both to active')
    t.must_save('active')
    must('what it can become next, without anybody asking', function()
      return vim.list_contains(lenses(), 'Close') and vim.deep_equal(lenses(), drawn_lenses())
    end)
    vim.cmd('SpecweaveStatus 47 paused')
    t.must_save('paused')
    must('what it can become from there', function()
      return vim.list_contains(lenses(), 'Resume')
    end)
    run(lenses()[1])
    must('the other file', function()
      return vim.api.nvim_buf_get_name(0) == t.metadata
    end)
  end

  -- Whatever the server sends: eight lenses at one place, which Neovim's sorting would mix up.
  function scenarios.lenses_in_order()
    open(t.spec)
    must('the lenses of the server', function()
      return #drawn_lenses() > 1
    end)
    local sent = {}
    local function lens(row, character, title)
      local position = { line = row, character = character }
      local command = { title = title, command = 'specweave-lsp.open', arguments = { {} } }
      table.insert(sent, { range = { start = position, ['end'] = position }, command = command })
    end
    local expected = {}
    for number = 1, 12 do
      local title = ('lens %d'):format(number)
      lens(0, 0, title)
      table.insert(expected, title)
    end
    lens(3, 8, 'elsewhere')
    local client = t.clients()[1]
    local rpc = client.rpc.request
    client.rpc.request = function(method, params, callback, ...)
      if method == 'textDocument/codeLens' then
        vim.schedule(function()
          callback(nil, vim.deepcopy(sent))
        end)
        return true, 1
      end
      return rpc(method, params, callback, ...)
    end
    must('the lenses in the order of the server', function()
      -- Neovim forgets this while it waits for an earlier answer.
      vim.lsp.codelens.refresh({ bufnr = 0 })
      return vim.deep_equal(expected, drawn_lenses())
    end)
  end

  -- Hover.

  local function hover()
    vim.lsp.buf.hover()
    local window
    must('the hover', function()
      window = vim.iter(vim.api.nvim_list_wins()):find(function(it)
        return vim.api.nvim_win_get_config(it).relative ~= ''
      end)
      return window
    end)
    local buffer = vim.api.nvim_win_get_buf(window)
    local text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
    return text, vim.api.nvim_win_get_width(window)
  end

  function scenarios.hover_without_links()
    open(t.spec)
    t.must_find('status-desync')
    vim.api.nvim_win_set_cursor(0, { 4, 9 })
    local text, width = hover()
    equal('a link to a file in ' .. text, nil, text:find('file:', 1, true))
    equal('an escape in ' .. text, nil, text:find('\\`', 1, true))
    for _, part in ipairs({ 'spec.md', 'metadata.json', 'active', 'completed' }) do
      equal(part .. ' in ' .. text, true, text:find(part, 1, true) ~= nil)
    end
    local longest = 0
    for _, shown in ipairs(vim.split(text, '\n')) do
      longest = math.max(longest, vim.fn.strdisplaywidth(shown))
    end
    equal('as wide as its text', true, width <= longest)
  end

  function scenarios.hover_texts()
    local answers = require('specweave_lsp.answers')
    local cases = {
      ['[spec.md](file:///p/a%20b/spec.md): x'] = 'spec.md: x',
      ['[spec.md](file:///p/a(1)/spec.md) · [m](file:///m)'] = 'spec.md · m',
      ['[docs](https://example.com/x) [a] (b)'] = '[docs](https://example.com/x) [a] (b)',
    }
    for markdown, expected in pairs(cases) do
      equal(markdown, expected, answers.without_file_links(markdown))
    end
    local escaped = [[says \`a\_b\` \(2 tasks open\) \*x\* \_y]]
    equal('escapes', [[says `a_b` (2 tasks open) \*x\* \_y]], answers.without_escapes(escaped))
  end

  -- Windows.

  local function report()
    return vim.api.nvim_buf_get_lines(0, 0, -1, false)
  end

  function scenarios.history_and_log()
    open(t.spec)
    t.must_find('status-desync')
    local windows = #vim.api.nvim_list_wins()
    vim.cmd('Specweave history')
    local name = 'specweave://history/0047-us-task-linkage'
    must('the window', function()
      return vim.api.nvim_buf_get_name(0) == name
    end)
    equal('the commit in it', true, table.concat(report(), '\n'):find('One of two', 1, true) ~= nil)
    equal('cannot be changed', false, vim.bo.modifiable)
    equal('nothing to save', { 'nofile', false }, { vim.bo.buftype, vim.bo.modified })
    vim.api.nvim_feedkeys('q', 'x', false)
    equal('closed by q', windows, #vim.api.nvim_list_wins())
    for _ = 1, 2 do
      vim.cmd('Specweave history 47')
      must('the window', function()
        return vim.api.nvim_buf_get_name(0) == 'specweave://history/47'
      end)
      equal('one window', windows + 1, #vim.api.nvim_list_wins())
      vim.cmd.wincmd('p')
    end
    vim.cmd.only()
    t.forget()
    vim.cmd('Specweave history 99')
    must('the refusal', function()
      return #t.said > 0
    end)
    equal('no window for it', windows, #vim.api.nvim_list_wins())

    -- The whole project's: from a file of an increment with `!`, from elsewhere without.
    for _, command in ipairs({ 'Specweave! history', 'Specweave history' }) do
      if not command:find('!') then
        local root = vim.fs.root(t.spec, '.git')
        vim.cmd.new()
        vim.cmd.lcd(root)
      end
      vim.cmd(command)
      must('the history of the project', function()
        return vim.api.nvim_buf_get_name(0) == 'specweave://history'
      end)
      equal('its desync', true, table.concat(report(), '\n'):find('1 desync, 1 still open', 1, true) ~= nil)
      vim.cmd.only()
      vim.api.nvim_set_current_buf(vim.fn.bufnr(t.spec))
    end

    vim.api.nvim_set_current_buf(vim.fn.bufnr(t.spec))
    vim.cmd('Specweave sync spec')
    t.must_save('active')
    vim.cmd('Specweave log')
    must('the change in the log', function()
      return vim.api.nvim_buf_get_name(0) == 'specweave://log'
    end)
    equal('the increment in it', true, table.concat(report(), '\n'):find('0047-us-task-linkage', 1, true) ~= nil)
  end
end
