" Drives a real Vim with ALE by a timer: waits for the finding, takes the fix, writes, waits until the finding is gone.
" What happened is written to $SPECWEAVE_SEEN; a step that does not come ends Vim with the step's name there.
let s:seen = []
let s:step = 'the finding'
let s:end = reltime()

" The user types the number of the fix.
runtime autoload/ale/util.vim
function! ale#util#Input(message, value) abort
  call add(s:seen, a:message)
  return '1'
endfunction

function! s:finish() abort
  call writefile([json_encode(s:seen)], $SPECWEAVE_SEEN)
  qall!
endfunction

function! s:go_on(timer) abort
  let l:found = map(copy(ale#engine#GetLoclist(bufnr(''))), 'v:val.code')
  if reltimefloat(reltime(s:end)) > 20
    call add(s:seen, 'waited in vain for ' . s:step . '; found ' . string(l:found) . execute('messages'))
    call s:finish()
  elseif s:step is# 'the finding' && l:found ==# ['status-desync']
    call add(s:seen, l:found[0])
    let s:step = 'the fix'
    call cursor(4, 10)
    ALECodeAction
  elseif s:step is# 'the fix' && getline(4) is# 'status: completed'
    call add(s:seen, 'modified: ' . &modified)
    let s:step = 'no finding'
    write
  elseif s:step is# 'no finding' && empty(l:found)
    call add(s:seen, 'no finding')
    call s:finish()
  endif
endfunction

autocmd VimEnter * call timer_start(20, function('s:go_on'), {'repeat': -1})
