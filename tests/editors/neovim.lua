-- Run by test_neovim.py inside Neovim: $UNSPILL_STEPS names the function to run, and what it returns is printed as JSON.

local root = vim.env.UNSPILL_ROOT
vim.opt.runtimepath:prepend(vim.env.UNSPILL_EDITORS_NVIM)

local function wait(what, holds)
  assert(vim.wait(20000, holds, 20), what .. ': not within 20 s')
end

local function text(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer or 0, 0, -1, false), '\n') .. '\n'
end

local function open(name)
  vim.cmd.edit(vim.fs.joinpath(root, name))
  local buffer = vim.api.nvim_get_current_buf()
  wait('the client attaches', function() return #vim.lsp.get_clients({ bufnr = buffer, name = 'unspill' }) == 1 end)
  return buffer, vim.lsp.get_clients({ bufnr = buffer, name = 'unspill' })[1]
end

local function found(buffer)
  wait('diagnostics', function() return #vim.diagnostic.get(buffer) > 0 end)
  return vim.diagnostic.get(buffer)
end

local steps = {}

function steps.diagnostics()
  local buffer, client = open('app.py')
  local all = found(buffer)
  vim.wait(500) -- would show duplicates from push and pull
  local shown = vim.diagnostic.get(buffer)
  local places = {}
  for _, one in ipairs(shown) do
    local value = vim.api.nvim_buf_get_text(buffer, one.lnum, one.col, one.end_lnum, one.end_col, {})[1]
    places[#places + 1] = { line = one.lnum + 1, rule = one.code, value = value, message = one.message }
  end
  return { first = #all, places = places, encoding = client.offset_encoding, capabilities = client.capabilities }
end

function steps.fix()
  local buffer = open('app.py')
  for _, one in ipairs(found(buffer)) do
    if one.lnum == 28 then
      vim.api.nvim_win_set_cursor(0, { one.lnum + 1, one.col })
    end
  end
  vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.isPreferred end })
  wait('the code is edited', function() return text(buffer):find('HF_TOKEN = os.environ["HF_TOKEN"]', 1, true) end)
  vim.cmd('silent wall!')
end

function steps.fix_all()
  local buffer = open('chat/client.py')
  found(buffer)
  vim.lsp.buf.code_action({ context = { only = { 'source.fixAll.unspill' }, diagnostics = {} }, apply = true })
  wait('nothing is left', function() return #vim.diagnostic.get(buffer) == 0 end)
  vim.cmd('silent wall!')
end

function steps.fix_workspace()
  local asked
  vim.ui.select = function(items, options, choose)
    asked = options.prompt
    choose(items[1])
  end
  vim.fn.inputlist = function(lines)
    asked = lines[1]
    return 1
  end
  local buffer = open('app.py')
  found(buffer)
  vim.cmd('LspUnspillFixWorkspace')
  wait('nothing is left', function() return #vim.diagnostic.get(buffer) == 0 end)
  vim.cmd('silent wall!')
  return { asked = asked }
end

function steps.typing()
  local buffer = open('app.py')
  found(buffer)
  local before = #vim.diagnostic.get(buffer)
  local line = 'PASTED = "' .. vim.env.UNSPILL_TOKEN .. '"'
  vim.api.nvim_buf_set_lines(buffer, 5, 5, false, { '' })
  for at = 1, #line do -- a character at a time, as it is typed
    vim.api.nvim_buf_set_text(buffer, 5, at - 1, 5, at - 1, { line:sub(at, at) })
    vim.wait(2)
  end
  wait('one finding more', function() return #vim.diagnostic.get(buffer) == before + 1 end)
  vim.cmd('silent undo')
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, { 'import os' })
  wait('none is left', function() return #vim.diagnostic.get(buffer) == 0 end)
  vim.api.nvim_buf_delete(buffer, { force = true })
  return { left = #vim.diagnostic.get() }
end

-- What is typed is what the recording says: nothing is indented, continued or wrapped.
local function plain_typing()
  vim.o.virtualedit = 'onemore'
  vim.o.hidden = true
  vim.api.nvim_create_autocmd({ 'FileType', 'BufWinEnter' }, {
    callback = function()
      vim.cmd('setlocal formatoptions= indentexpr= indentkeys= noautoindent nocindent nosmartindent textwidth=0 noexpandtab')
    end,
  })
end

local replay = {}

function replay.open(name)
  vim.wait(200) -- Neovim sends changes after 150 ms, and then asks about the buffers that are shown
  vim.cmd.drop(vim.fs.joinpath(root, name))
end

function replay.line(number) vim.api.nvim_win_set_cursor(0, { number + 1, 0 }) end

replay['end'] = function(number)
  vim.api.nvim_win_set_cursor(0, { number + 1, #vim.fn.getline(number + 1) })
end

-- Between the keys the loop runs, as it does for a person: changes are sent.
function replay.type(typed)
  local insert, last = 'i', ''
  for _, char in ipairs(vim.fn.split(typed, '\\zs')) do
    vim.api.nvim_feedkeys(insert .. (char == '\n' and '\r' or char) .. '\27', 'ntx', false)
    insert, last = char == '\n' and 'i' or 'a', char == '\n' and '' or char
    vim.wait(0)
  end
  local at = vim.api.nvim_win_get_cursor(0)
  vim.api.nvim_win_set_cursor(0, { at[1], at[2] + #last }) -- leaving the insertion has moved it back
end

function replay.paste(pasted)
  vim.cmd('let &undolevels = &undolevels') -- what comes is undone by itself
  local at = vim.api.nvim_win_get_cursor(0)
  vim.api.nvim_buf_set_text(0, at[1] - 1, at[2], at[1] - 1, at[2], vim.split(pasted, '\n'))
  vim.cmd('let &undolevels = &undolevels')
end

function replay.undo() vim.cmd('silent undo') end

function replay.erase(count)
  vim.api.nvim_feedkeys(count .. 'X', 'ntx', false)
end

function replay.cut(count) vim.cmd('silent .,+' .. count - 1 .. 'delete _') end

function replay.save() vim.cmd('silent write') end

function replay.rename(to)
  local old = vim.api.nvim_buf_get_name(0)
  vim.cmd('silent saveas ' .. vim.fs.joinpath(root, to))
  vim.cmd('bwipeout ' .. vim.fn.fnameescape(old))
  vim.fn.delete(old)
end

function replay.close() vim.cmd('bdelete') end

function replay.remove()
  vim.fn.delete(vim.api.nvim_buf_get_name(0))
  vim.cmd('bdelete!')
end

function steps.replay()
  plain_typing()
  local _, client = open('app.py')
  for _, step in ipairs(vim.json.decode(table.concat(vim.fn.readfile(vim.env.UNSPILL_RECORDING), '\n'))) do
    replay[step[1]](step[2])
    vim.wait(1)
  end
  -- The server has read all once it answers.
  client:request_sync('textDocument/hover', vim.lsp.util.make_position_params(0, client.offset_encoding), 60000, 0)
  local before
  local function shown()
    local all = {}
    for _, one in ipairs(vim.diagnostic.get()) do
      local value = vim.api.nvim_buf_get_text(one.bufnr, one.lnum, one.col, one.end_lnum, one.end_col, {})[1]
      local name = vim.fs.basename(vim.api.nvim_buf_get_name(one.bufnr))
      all[#all + 1] = { name, one.lnum + 1, one.code, value }
    end
    return all
  end
  vim.wait(10000, function() -- nothing has changed for a while
    local now = vim.json.encode(shown())
    local settled = now == before
    before = now
    return settled
  end, 1000)
  return { found = shown() }
end

local function floating()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= '' then
      return text(vim.api.nvim_win_get_buf(window))
    end
  end
end

function steps.hover()
  local buffer = open('app.py')
  for _, one in ipairs(found(buffer)) do
    if one.lnum == 28 then
      vim.api.nvim_win_set_cursor(0, { one.lnum + 1, one.col })
    end
  end
  vim.lsp.buf.hover()
  wait('the hover', floating)
  return { hover = floating() }
end

function steps.rename()
  local buffer = open('app.py')
  local line = vim.fn.search('getenv("GROQ_API_KEY"')
  vim.api.nvim_win_set_cursor(0, { line, vim.fn.getline(line):find('GROQ_API_KEY', 1, true) + 2 })
  vim.lsp.buf.rename('LLM_KEY')
  wait('the name is changed', function() return text(buffer):find('getenv("LLM_KEY"', 1, true) end)
  vim.cmd('silent wall!')
end

function steps.secrets()
  open('app.py')
  vim.cmd('LspUnspillSecrets')
  wait('the list', function() return #vim.fn.getqflist() > 0 end)
  local listed = vim.fn.getqflist()
  vim.cmd('wincmd p')
  local offered
  vim.ui.select = function(items, _, choose)
    offered = items
    choose('LOG_LEVEL')
  end
  vim.cmd('LspUnspillDeclare')
  wait('the declaration', function() return vim.fn.bufnr('.env.example') > 0 end)
  vim.cmd('silent wall!')
  local lines = {}
  for _, item in ipairs(listed) do
    lines[#lines + 1] = { item.text, item.bufnr > 0 and vim.fs.basename(vim.fn.bufname(item.bufnr)) or '', item.lnum }
  end
  return { listed = lines, offered = offered }
end

-- Puts the cursor into the first quotes behind `before`.
local function into(before)
  local line = vim.fn.search('\\V' .. before)
  vim.api.nvim_win_set_cursor(0, { line, vim.fn.getline(line):find(before, 1, true) + #before })
end

function steps.names()
  local buffer, client = open('app.py')
  found(buffer)
  local row = vim.fn.search('^hook')
  vim.api.nvim_buf_set_lines(buffer, row, row, false, { 'new = os.environ[""]' })
  vim.api.nvim_win_set_cursor(0, { row + 1, 18 })
  local parameters = vim.lsp.util.make_position_params(0, client.offset_encoding)
  local answer = assert(client:request_sync('textDocument/completion', parameters, 20000, buffer)).result
  local offered = {}
  for _, item in ipairs(answer.items or answer) do
    offered[item.label] = item.detail
  end
  into('hook = os.environ[')
  vim.lsp.buf.hover()
  wait('the hover', floating)
  return { offered = offered, hover = floating() }
end

function steps.declare()
  local buffer = open('app.py')
  local function undeclared()
    for _, one in ipairs(vim.diagnostic.get(buffer)) do
      if one.code == 'undeclared-secret' then
        return one
      end
    end
  end
  wait('the warning', undeclared)
  local one = undeclared()
  vim.api.nvim_win_set_cursor(0, { one.lnum + 1, one.col })
  vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.title:find('^Declare') end })
  wait('it is gone', function() return not undeclared() end)
  vim.cmd('silent wall!')
  return { message = one.message, severity = one.severity }
end

function steps.path()
  local buffer = open('app.py')
  local places = {}
  for _, one in ipairs(found(buffer)) do
    if one.code == 'secret-shown-to-visitors' then
      for _, item in ipairs(one.user_data.lsp.relatedInformation) do
        places[#places + 1] = { vim.fs.basename(item.location.uri), item.location.range.start.line + 1, item.message }
      end
    end
  end
  return { related = places }
end

function steps.front_matter()
  local buffer, client = open('README.md')
  local row = vim.fn.search('^sdk:')
  vim.api.nvim_buf_set_lines(buffer, row - 1, row, false, { 'sdk: ' })
  vim.api.nvim_win_set_cursor(0, { row, 5 })
  local parameters = vim.lsp.util.make_position_params(0, client.offset_encoding)
  parameters.position.character = 5 -- the cursor cannot stand behind the end outside of insertion
  local answer = assert(client:request_sync('textDocument/completion', parameters, 20000, buffer)).result
  return { offered = vim.tbl_map(function(item) return item.label end, answer.items or answer) }
end

function steps.mask()
  require('unspill.mask').enable()
  vim.cmd.edit(vim.fs.joinpath(root, '.env'))
  vim.cmd('redraw')
  local function screen()
    local lines = {}
    for row = 1, 8 do
      local cells = {}
      for column = 1, 60 do
        cells[column] = vim.fn.screenstring(row, column)
      end
      lines[row] = vim.trim(table.concat(cells))
    end
    return lines
  end
  local masked = screen()
  vim.cmd('UnspillMask')
  vim.cmd('redraw')
  return { masked = masked, shown = screen() }
end

vim.lsp.enable('unspill')
local ok, result = xpcall(steps[vim.env.UNSPILL_STEPS], debug.traceback)
if ok then
  io.stdout:write(vim.json.encode(result or vim.empty_dict()) .. '\n')
end
for _, client in ipairs(vim.lsp.get_clients()) do
  client:stop()
  if not vim.wait(5000, function() return client:is_stopped() end, 20) then
    ok, result = false, 'the server does not leave'
  end
end
if not ok then
  io.stderr:write(result .. '\n')
end
vim.cmd(ok and 'qall!' or 'cquit 1')
