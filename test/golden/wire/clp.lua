-- Wireshark dissector of clp. Made from its description by chat-lab protocol dissector.
-- Load it with: tshark -X lua_script:FILE, or put it into the folder of personal Lua plugins.
local proto = Proto("clp", "Classroom lab protocol")
local F = {}
F["packet"] = ProtoField.string("clp.packet", "packet")
F["magic"] = ProtoField.uint16("clp.magic", "magic", base.HEX)
F["version"] = ProtoField.uint8("clp.version", "version", base.HEX)
F["kind"] = ProtoField.uint8("clp.kind", "kind", base.DEC, { [1] = "request", [2] = "response", [3] = "indication" })
F["operation"] = ProtoField.uint8("clp.operation", "operation", base.DEC, { [1] = "hello", [2] = "time", [3] = "name", [4] = "list", [5] = "send", [6] = "deliver", [7] = "heartbeat", [8] = "bye", [9] = "error", [10] = "token" })
F["status"] = ProtoField.uint8("clp.status", "status", base.DEC, { [0] = "ok", [1] = "bad-packet", [2] = "unknown-operation", [3] = "unknown-client", [4] = "receiver-gone", [5] = "receiver-slow", [6] = "text-too-long", [7] = "name-taken", [8] = "bad-name", [9] = "too-many-clients", [10] = "too-many-requests", [11] = "too-slow", [12] = "idle", [13] = "shutting-down", [14] = "refused", [15] = "internal", [16] = "bad-token" })
F["reserved"] = ProtoField.uint16("clp.reserved", "reserved", base.HEX)
F["request"] = ProtoField.uint32("clp.request", "request", base.DEC)
F["length"] = ProtoField.uint32("clp.length", "length", base.DEC)
F["hello_indication.id"] = ProtoField.uint32("clp.hello_indication.id", "id", base.DEC)
F["hello_indication.text"] = ProtoField.string("clp.hello_indication.text", "text")
F["hello_request.name"] = ProtoField.string("clp.hello_request.name", "name")
F["hello_response.id"] = ProtoField.uint32("clp.hello_response.id", "id", base.DEC)
F["time_response.time"] = ProtoField.uint64("clp.time_response.time", "time", base.DEC)
F["name_response.name"] = ProtoField.string("clp.name_response.name", "name")
F["list_request.after"] = ProtoField.uint32("clp.list_request.after", "after", base.DEC)
F["list_response.more"] = ProtoField.uint8("clp.list_response.more", "more", base.DEC)
F["list_response.clients.id"] = ProtoField.uint32("clp.list_response.clients.id", "id", base.DEC)
F["list_response.clients.address"] = ProtoField.ipv6("clp.list_response.clients.address", "address")
F["list_response.clients.port"] = ProtoField.uint16("clp.list_response.clients.port", "port", base.DEC)
F["list_response.clients.name"] = ProtoField.string("clp.list_response.clients.name", "name")
F["send_request.to"] = ProtoField.uint32("clp.send_request.to", "to", base.DEC)
F["send_request.text"] = ProtoField.string("clp.send_request.text", "text")
F["send_response.outcome"] = ProtoField.uint8("clp.send_response.outcome", "outcome", base.DEC, { [1] = "delivered", [2] = "forwarded" })
F["deliver_indication.from"] = ProtoField.uint32("clp.deliver_indication.from", "from", base.DEC)
F["deliver_indication.fromAddress"] = ProtoField.ipv6("clp.deliver_indication.fromAddress", "fromAddress")
F["deliver_indication.fromPort"] = ProtoField.uint16("clp.deliver_indication.fromPort", "fromPort", base.DEC)
F["deliver_indication.text"] = ProtoField.string("clp.deliver_indication.text", "text")
F["token_request.token"] = ProtoField.string("clp.token_request.token", "token")
F["bye_indication.text"] = ProtoField.string("clp.bye_indication.text", "text")
F["error_response.text"] = ProtoField.string("clp.error_response.text", "text")
F["error_indication.text"] = ProtoField.string("clp.error_indication.text", "text")
local all = {}
for _, field in pairs(F) do all[#all + 1] = field end
proto.fields = all
local P = { ["name"] = "clp", ["column"] = "CLP", ["port"] = 5264, ["max"] = 16384, ["header"] = { { ["kind"] = "int", ["name"] = "magic", ["key"] = "magic", ["constant"] = 17228, ["layout"] = { ["bytes"] = 2, ["signed"] = false, ["little"] = false } }, { ["kind"] = "int", ["name"] = "version", ["key"] = "version", ["constant"] = 1, ["layout"] = { ["bytes"] = 1, ["signed"] = false, ["little"] = false } }, { ["kind"] = "int", ["name"] = "kind", ["key"] = "kind", ["enum"] = { [1] = "request", [2] = "response", [3] = "indication" }, ["named"] = false, ["layout"] = { ["bytes"] = 1, ["signed"] = false, ["little"] = false } }, { ["kind"] = "int", ["name"] = "operation", ["key"] = "operation", ["enum"] = { [1] = "hello", [2] = "time", [3] = "name", [4] = "list", [5] = "send", [6] = "deliver", [7] = "heartbeat", [8] = "bye", [9] = "error", [10] = "token" }, ["named"] = false, ["layout"] = { ["bytes"] = 1, ["signed"] = false, ["little"] = false } }, { ["kind"] = "int", ["name"] = "status", ["key"] = "status", ["info"] = true, ["enum"] = { [0] = "ok", [1] = "bad-packet", [2] = "unknown-operation", [3] = "unknown-client", [4] = "receiver-gone", [5] = "receiver-slow", [6] = "text-too-long", [7] = "name-taken", [8] = "bad-name", [9] = "too-many-clients", [10] = "too-many-requests", [11] = "too-slow", [12] = "idle", [13] = "shutting-down", [14] = "refused", [15] = "internal", [16] = "bad-token" }, ["named"] = true, ["layout"] = { ["bytes"] = 1, ["signed"] = false, ["little"] = false } }, { ["kind"] = "int", ["name"] = "reserved", ["key"] = "reserved", ["constant"] = 0, ["layout"] = { ["bytes"] = 2, ["signed"] = false, ["little"] = false } }, { ["kind"] = "int", ["name"] = "request", ["key"] = "request", ["info"] = true, ["layout"] = { ["bytes"] = 4, ["signed"] = false, ["little"] = false } }, { ["kind"] = "int", ["name"] = "length", ["key"] = "length", ["layout"] = { ["bytes"] = 4, ["signed"] = false, ["little"] = false } } }, ["packets"] = { { ["type"] = "hello.indication", ["client"] = false, ["server"] = true, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 3 } }, ["operation"] = { ["is"] = "in", ["values"] = { 1 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = { { ["kind"] = "int", ["name"] = "id", ["key"] = "hello_indication.id", ["info"] = true, ["layout"] = { ["bytes"] = 4, ["signed"] = false, ["little"] = false } }, { ["kind"] = "text", ["name"] = "text", ["key"] = "hello_indication.text", ["extent"] = { ["by"] = "rest" }, ["max"] = 1024, ["encoding"] = "ENC_UTF_8" } } }, { ["type"] = "hello.request", ["client"] = true, ["server"] = false, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 1 } }, ["operation"] = { ["is"] = "in", ["values"] = { 1 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = { { ["kind"] = "text", ["name"] = "name", ["key"] = "hello_request.name", ["extent"] = { ["by"] = "rest" }, ["max"] = 64, ["encoding"] = "ENC_UTF_8" } } }, { ["type"] = "hello.response", ["client"] = false, ["server"] = true, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 2 } }, ["operation"] = { ["is"] = "in", ["values"] = { 1 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = { { ["kind"] = "int", ["name"] = "id", ["key"] = "hello_response.id", ["info"] = true, ["layout"] = { ["bytes"] = 4, ["signed"] = false, ["little"] = false } } } }, { ["type"] = "time.request", ["client"] = true, ["server"] = false, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 1 } }, ["operation"] = { ["is"] = "in", ["values"] = { 2 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = {  } }, { ["type"] = "time.response", ["client"] = false, ["server"] = true, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 2 } }, ["operation"] = { ["is"] = "in", ["values"] = { 2 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = { { ["kind"] = "int", ["name"] = "time", ["key"] = "time_response.time", ["unit"] = 1000, ["layout"] = { ["bytes"] = 8, ["signed"] = false, ["little"] = false } } } }, { ["type"] = "name.request", ["client"] = true, ["server"] = false, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 1 } }, ["operation"] = { ["is"] = "in", ["values"] = { 3 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = {  } }, { ["type"] = "name.response", ["client"] = false, ["server"] = true, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 2 } }, ["operation"] = { ["is"] = "in", ["values"] = { 3 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = { { ["kind"] = "text", ["name"] = "name", ["key"] = "name_response.name", ["extent"] = { ["by"] = "rest" }, ["max"] = 255, ["encoding"] = "ENC_UTF_8" } } }, { ["type"] = "list.request", ["client"] = true, ["server"] = false, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 1 } }, ["operation"] = { ["is"] = "in", ["values"] = { 4 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = { { ["kind"] = "int", ["name"] = "after", ["key"] = "list_request.after", ["info"] = true, ["layout"] = { ["bytes"] = 4, ["signed"] = false, ["little"] = false } } } }, { ["type"] = "list.response", ["client"] = false, ["server"] = true, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 2 } }, ["operation"] = { ["is"] = "in", ["values"] = { 4 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = { { ["kind"] = "int", ["name"] = "more", ["key"] = "list_response.more", ["layout"] = { ["bytes"] = 1, ["signed"] = false, ["little"] = false } }, { ["kind"] = "group", ["name"] = "clients", ["count"] = { ["bytes"] = 2, ["signed"] = false, ["little"] = false }, ["fields"] = { { ["kind"] = "int", ["name"] = "id", ["key"] = "list_response.clients.id", ["info"] = true, ["layout"] = { ["bytes"] = 4, ["signed"] = false, ["little"] = false } }, { ["kind"] = "ip6", ["name"] = "address", ["key"] = "list_response.clients.address" }, { ["kind"] = "int", ["name"] = "port", ["key"] = "list_response.clients.port", ["info"] = true, ["layout"] = { ["bytes"] = 2, ["signed"] = false, ["little"] = false } }, { ["kind"] = "text", ["name"] = "name", ["key"] = "list_response.clients.name", ["extent"] = { ["by"] = "prefix", ["int"] = { ["bytes"] = 1, ["signed"] = false, ["little"] = false } }, ["max"] = 64, ["encoding"] = "ENC_UTF_8" } } } } }, { ["type"] = "send.request", ["client"] = true, ["server"] = false, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 1 } }, ["operation"] = { ["is"] = "in", ["values"] = { 5 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = { { ["kind"] = "int", ["name"] = "to", ["key"] = "send_request.to", ["info"] = true, ["layout"] = { ["bytes"] = 4, ["signed"] = false, ["little"] = false } }, { ["kind"] = "text", ["name"] = "text", ["key"] = "send_request.text", ["extent"] = { ["by"] = "rest" }, ["max"] = 4096, ["encoding"] = "ENC_UTF_8" } } }, { ["type"] = "send.response", ["client"] = false, ["server"] = true, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 2 } }, ["operation"] = { ["is"] = "in", ["values"] = { 5 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = { { ["kind"] = "int", ["name"] = "outcome", ["key"] = "send_response.outcome", ["info"] = true, ["enum"] = { [1] = "delivered", [2] = "forwarded" }, ["named"] = true, ["layout"] = { ["bytes"] = 1, ["signed"] = false, ["little"] = false } } } }, { ["type"] = "deliver.indication", ["client"] = false, ["server"] = true, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 3 } }, ["operation"] = { ["is"] = "in", ["values"] = { 6 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = { { ["kind"] = "int", ["name"] = "from", ["key"] = "deliver_indication.from", ["info"] = true, ["layout"] = { ["bytes"] = 4, ["signed"] = false, ["little"] = false } }, { ["kind"] = "ip6", ["name"] = "fromAddress", ["key"] = "deliver_indication.fromAddress" }, { ["kind"] = "int", ["name"] = "fromPort", ["key"] = "deliver_indication.fromPort", ["info"] = true, ["layout"] = { ["bytes"] = 2, ["signed"] = false, ["little"] = false } }, { ["kind"] = "text", ["name"] = "text", ["key"] = "deliver_indication.text", ["extent"] = { ["by"] = "rest" }, ["max"] = 4096, ["encoding"] = "ENC_UTF_8" } } }, { ["type"] = "deliver.response", ["client"] = true, ["server"] = false, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 2 } }, ["operation"] = { ["is"] = "in", ["values"] = { 6 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = {  } }, { ["type"] = "heartbeat.request", ["client"] = true, ["server"] = true, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 1 } }, ["operation"] = { ["is"] = "in", ["values"] = { 7 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = {  } }, { ["type"] = "heartbeat.response", ["client"] = true, ["server"] = true, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 2 } }, ["operation"] = { ["is"] = "in", ["values"] = { 7 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = {  } }, { ["type"] = "token.indication", ["client"] = false, ["server"] = true, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 3 } }, ["operation"] = { ["is"] = "in", ["values"] = { 10 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = {  } }, { ["type"] = "token.request", ["client"] = true, ["server"] = false, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 1 } }, ["operation"] = { ["is"] = "in", ["values"] = { 10 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = { { ["kind"] = "text", ["name"] = "token", ["key"] = "token_request.token", ["extent"] = { ["by"] = "rest" }, ["max"] = 256, ["encoding"] = "ENC_UTF_8" } } }, { ["type"] = "token.response", ["client"] = false, ["server"] = true, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 2 } }, ["operation"] = { ["is"] = "in", ["values"] = { 10 } }, ["status"] = { ["is"] = "in", ["values"] = { 0 } } }, ["own"] = {  }, ["fields"] = {  } }, { ["type"] = "bye.indication", ["client"] = true, ["server"] = true, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 3 } }, ["operation"] = { ["is"] = "in", ["values"] = { 8 } } }, ["own"] = {  }, ["fields"] = { { ["kind"] = "text", ["name"] = "text", ["key"] = "bye_indication.text", ["extent"] = { ["by"] = "rest" }, ["max"] = 1024, ["encoding"] = "ENC_UTF_8" } } }, { ["type"] = "error.response", ["client"] = false, ["server"] = true, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 2 } }, ["operation"] = { ["is"] = "in", ["values"] = { 9 } } }, ["own"] = {  }, ["fields"] = { { ["kind"] = "text", ["name"] = "text", ["key"] = "error_response.text", ["extent"] = { ["by"] = "rest" }, ["max"] = 1024, ["encoding"] = "ENC_UTF_8" } } }, { ["type"] = "error.indication", ["client"] = false, ["server"] = true, ["opening"] = false, ["header"] = { ["kind"] = { ["is"] = "in", ["values"] = { 3 } }, ["operation"] = { ["is"] = "in", ["values"] = { 9 } } }, ["own"] = {  }, ["fields"] = { { ["kind"] = "text", ["name"] = "text", ["key"] = "error_indication.text", ["extent"] = { ["by"] = "rest" }, ["max"] = 1024, ["encoding"] = "ENC_UTF_8" } } } }, ["lengthAt"] = 12, ["lengthInt"] = { ["bytes"] = 4, ["signed"] = false, ["little"] = false }, ["headerBytes"] = 16, ["lengthPlus"] = 16 }
local ENCODING = { ENC_UTF_8 = ENC_UTF_8, ENC_ASCII = ENC_ASCII, ENC_ISO_8859_1 = ENC_ISO_8859_1 }
local tcp_stream = Field.new("tcp.stream")
local malformed = ProtoExpert.new(P.name .. ".malformed", "Malformed packet", expert.group.MALFORMED, expert.severity.ERROR)
proto.experts = { malformed }
proto.prefs.port = Pref.uint("Server port", P.port or 0, "The port of the server, which tells requests from answers")

-- What is known of each connection, and, for packets seen before, what was known then.
local streams, memo = {}, {}
function proto.init() streams, memo = {}, {} end

local Bad = {}
local function bad(at, text) error(setmetatable({ at = at, text = text }, Bad), 0) end
local other = {} -- not this packet

local function find(tvb, from, to, mark)
  for at = from, to - #mark do
    if tvb:raw(at, #mark) == mark then return at end
  end
end

local function integer(tvb, at, l)
  local range = tvb:range(at, l.bytes)
  if l.bytes <= 4 then
    if l.signed then return l.little and range:le_int() or range:int() end
    return l.little and range:le_uint() or range:uint()
  end
  local value
  if l.signed then value = l.little and range:le_int64() or range:int64()
  else value = l.little and range:le_uint64() or range:uint64() end
  return value:tonumber()
end

local function fits(value, condition)
  if value == nil then return false end
  for _, wanted in ipairs(condition.values) do
    if wanted == value then return condition.is == "in" end
  end
  return condition.is ~= "in"
end

local function turned(v) return (v % 256) * 256 + math.floor(v / 256) % 256 end

local read_fields

-- Where a value ends (to) and where the next field begins (after); at is its first byte.
local function extent(c, x, name, at, stop)
  if x.by == "rest" then return at, stop, stop end
  if x.by == "size" then
    local after = at + x.bytes
    if after > stop then bad(stop, "ends inside " .. name) end
    local to = after
    if x.pad == 0 then to = find(c.tvb, at, after, "\0") or after
    elseif x.pad then while to > at and c.tvb:raw(to - 1, 1) == string.char(x.pad) do to = to - 1 end end
    return at, to, after
  end
  if x.by == "prefix" then
    if at + x.int.bytes > stop then bad(stop, "ends inside length of " .. name) end
    local from = at + x.int.bytes
    local to = from + integer(c.tvb, at, x.int)
    if to > stop or to < from then bad(at, name .. " claims more bytes than there are") end
    return from, to, to
  end
  local to = find(c.tvb, at, stop, x.mark)
  if not to and not x.orEnd then bad(at, name .. " is not followed by its mark") end
  return at, to or stop, to and to + #x.mark or stop
end

local function keep(c, f, value, range, shown)
  local item
  if f.key then
    if shown ~= nil then item = c.tree:add(F[f.key], range, shown)
    elseif f.layout and f.layout.little then item = c.tree:add_le(F[f.key], range)
    else item = c.tree:add(F[f.key], range) end
  end
  c.named[f.name] = value
  if f.constant ~= nil and value ~= f.constant then bad(range:offset() - c.base, f.name .. " is not " .. tostring(f.constant)) end
  if f.enum and not f.enum[value] and f.named then bad(range:offset() - c.base, f.name .. " has no such value") end
  if f.info and c.info then c.info[#c.info + 1] = f.name .. "=" .. (f.enum and f.enum[value] or tostring(shown or value)) end
  if f.unit and item and type(value) == "number" then
    item:append_text(" (" .. os.date("!%Y-%m-%d %H:%M:%S", math.floor(value / f.unit)) .. " UTC)")
  end
end

local function read_field(c, f, at, stop)
  local tvb = c.tvb
  if f.kind == "int" then
    if at + f.layout.bytes > stop then bad(stop, "ends inside " .. f.name) end
    local value = integer(tvb, at, f.layout)
    local shown
    if f.swapped then value = turned(value); shown = value end
    keep(c, f, value, tvb:range(at, f.layout.bytes), shown)
    return at + f.layout.bytes
  elseif f.kind == "ip4" or f.kind == "ip6" then
    local bytes = f.kind == "ip4" and 4 or 16
    if at + bytes > stop then bad(stop, "ends inside " .. f.name) end
    keep(c, f, nil, tvb:range(at, bytes))
    return at + bytes
  elseif f.kind == "padding" then
    if at + f.bytes > stop then bad(stop, "ends inside " .. f.name) end
    return at + f.bytes
  elseif f.kind == "group" then
    local count = math.huge
    if f.count then
      if at + f.count.bytes > stop then bad(stop, "ends inside count of " .. f.name) end
      count = integer(tvb, at, f.count)
      at = at + f.count.bytes
    end
    local index = 0
    while index < count and (f.count or at < stop) do
      local outer = c.tree
      c.tree = outer:add(tvb:range(at, 0), f.name .. "[" .. index .. "]")
      at = read_fields(c, f.fields, at, stop)
      c.tree = outer
      index = index + 1
    end
    return at
  elseif f.kind == "tlv" then
    local bounds = {}
    while at < stop do
      local front = f.tag.bytes + f.length.bytes
      if at + front > stop then bad(stop, "ends inside an item of " .. f.name) end
      local tag = integer(tvb, at, f.tag)
      local count = integer(tvb, at + f.tag.bytes, f.length) - f.plus
      if count < 0 or at + front + count > stop then bad(at, "an item of " .. f.name .. " claims more bytes than there are") end
      if bounds[tag] then bad(at, "there is a second item of type " .. tag) end
      bounds[tag] = { at + front, at + front + count }
      if f.refuse and not f.known[tag] then bad(at, "unknown item of type " .. tag) end
      at = at + front + count
    end
    for _, item in ipairs(f.items) do
      local b = bounds[item.tag]
      if b then
        if read_fields(c, { item.field }, b[1], b[2]) ~= b[2] then bad(b[2], "bytes are left behind " .. item.field.name) end
      elseif item.needed then bad(stop, item.field.name .. " is missing") end
    end
    return stop
  end
  local from, to, after = extent(c, f.extent, f.name, at, stop)
  if f.kind == "block" then
    local reached = read_fields(c, f.fields, from, to)
    if reached ~= to then bad(reached, "bytes are left behind " .. f.name) end
    return after
  end
  local range = tvb:range(from, to - from)
  local raw = to > from and tvb:raw(from, to - from) or ""
  if f.kind == "decimal" then
    local value = string.match(raw, "^%-?%d+$") and #raw <= 17 and tonumber(raw) or nil
    if not value then bad(from, f.name .. " is not a decimal number") end
    if f.swapped then value = turned(value) end
    keep(c, f, value, range, Int64(value))
  elseif f.kind == "text" or f.kind == "ip" then
    if #raw > f.max then bad(from, f.name .. " is too long") end
    keep(c, f, raw, range, to > from and range:string(ENCODING[f.encoding]) or "")
  else
    keep(c, f, raw, range)
  end
  return after
end

read_fields = function(c, fields, at, stop)
  for _, f in ipairs(fields) do
    at = read_field(c, f, at, stop)
    local condition = c.conditions and c.conditions[f.name]
    if condition and not fits(c.named[f.name], condition) then error(other, 0) end
  end
  return at
end

-- Tries without drawing first: a packet that turns out to be another one must leave nothing behind.
local silent = {}
function silent:add() return self end
function silent:add_le() return self end
function silent:append_text() return self end

local function choose(c, header_end, stop, state)
  local reason
  for _, packet in ipairs(P.packets) do
    if packet[c.speaker] and not packet.opening then
      local possible = true
      for name, condition in pairs(packet.header) do
        local value = c.header[name]
        if name == "awaited" then value = state.awaited end
        if not fits(value, condition) then possible = false end
      end
      if possible then
        local try = { tvb = c.tvb, base = c.base, tree = silent, named = {}, conditions = packet.own }
        local ok, reached = pcall(read_fields, try, packet.fields, header_end, stop)
        if ok and reached ~= stop and not P.size then ok, reached = false, setmetatable({ at = reached, text = "bytes are left behind " .. packet.type }, Bad) end
        if ok then return packet end
        if getmetatable(reached) == Bad then
          reason = reason or reached
          if next(packet.own) == nil then return packet, reached end
        elseif reached ~= other then error(reached, 0) end
      end
    end
  end
  return nil, reason or setmetatable({ at = 0, text = "no packet of a " .. c.speaker .. " looks like this" }, Bad)
end

local function info(pinfo, text)
  if pinfo.cols.info then pinfo.cols.info:append(text .. "  ") end
end

local function dissect_packet(tvb, base, pinfo, tree, speaker, state)
  local subtree = tree:add(proto, tvb:range())
  local stop = tvb:len() - (state.opening == "next-packet" and 0 or P.terminator and #P.terminator or 0)
  local c = { tvb = tvb, base = tvb:range():offset(), tree = subtree, named = {}, speaker = speaker, info = {} }
  local packet
  local ok, problem = pcall(function()
    local at, reason = 0, nil
    if state.opening then
      packet = P.opening
    else
      at = read_fields(c, P.header, 0, stop)
      c.header = c.named
      packet, reason = choose(c, at, stop, state)
      if not packet then error(reason, 0) end
    end
    subtree:append_text(", " .. packet.type)
    subtree:add(F["packet"], tvb:range(0, 0), packet.type):set_generated()
    c.named = setmetatable({}, { __index = c.header })
    local reached = read_fields(c, packet.fields, at, stop)
    if reached ~= stop and not P.size then bad(reached, "bytes are left behind " .. packet.type) end
  end)
  if ok then
    info(pinfo, packet.type .. (#c.info > 0 and " " .. table.concat(c.info, " ") or ""))
    return packet.type
  end
  if getmetatable(problem) ~= Bad then error(problem, 0) end
  subtree:add_proto_expert_info(malformed, problem.text)
  info(pinfo, "[Malformed: " .. problem.text .. "]")
end

-- Bytes of the packet at the offset; nil when more must come to know. The second value: it cannot be a packet.
local function frame_length(tvb, at)
  local left = tvb:len() - at
  if P.size then return P.size end
  if P.terminator then
    local mark = find(tvb, at, tvb:len(), P.terminator)
    if mark then return mark + #P.terminator - at end
    return nil, left > P.max
  end
  if left < P.headerBytes then return nil end
  local length = integer(tvb, at + P.lengthAt, P.lengthInt) + P.lengthPlus
  return length, length < P.headerBytes or length > P.max
end

-- A greeting without an end: what has come, up to the first bytes that begin a packet.
local function greeting_length(tvb)
  for at = 0, math.min(tvb:len(), P.opening.max) - 1 do
    for _, begin in ipairs(P.opening.begins) do
      if at + #begin <= tvb:len() and tvb:raw(at, #begin) == begin then return at end
    end
  end
  return math.min(tvb:len(), P.opening.max)
end

local function speaker_of(pinfo)
  local port = proto.prefs.port
  if pinfo.dst_port == port then return "client" end
  if pinfo.src_port == port then return "server" end
  -- "Decode as": the port that was chosen is the server's.
  return pinfo.dst_port == pinfo.match_uint and "client" or "server"
end

function proto.dissector(tvb, pinfo, tree)
  pinfo.cols.protocol = P.column
  pinfo.cols.info:clear()
  local speaker = speaker_of(pinfo)
  local id = tcp_stream() and tcp_stream().value or 0
  streams[id] = streams[id] or { awaited = {} }
  local stream = streams[id]
  local at = 0
  while at < tvb:len() do
    local key = pinfo.number .. ":" .. at .. ":" .. tvb:len()
    local state = memo[key]
    if not state then
      state = { awaited = stream.awaited[1] }
      if speaker == "server" and P.opening and not stream.greeted then
        state.opening = P.opening.ends
        if state.opening == "next-packet" and greeting_length(tvb) == 0 then state.opening = nil end
      end
    end
    local length, impossible
    if state.opening == "next-packet" then length = greeting_length(tvb) else length, impossible = frame_length(tvb, at) end
    if impossible then
      local rest = tree:add(proto, tvb:range(at))
      rest:add_proto_expert_info(malformed, "the length is not possible")
      info(pinfo, "[Malformed: the length is not possible]")
      return tvb:len()
    end
    if not length or at + length > tvb:len() then
      pinfo.desegment_offset = at
      pinfo.desegment_len = length and at + length - tvb:len() or DESEGMENT_ONE_MORE_SEGMENT
      return tvb:len()
    end
    memo[key] = state
    local kind = dissect_packet(tvb:range(at, length):tvb(), at, pinfo, tree, speaker, state)
    if not pinfo.visited then
      if speaker == "server" then stream.greeted = true end
      if kind then
        local operation, what = string.match(kind, "^(.-)%.(.*)$")
        if speaker == "client" and what == "request" then table.insert(stream.awaited, operation) end
        if speaker == "server" and what == "response" then table.remove(stream.awaited, 1) end
      end
    end
    at = at + length
  end
  return tvb:len()
end

if P.port then DissectorTable.get("tcp.port"):add(P.port, proto) end
DissectorTable.get("tcp.port"):add_for_decode_as(proto)
