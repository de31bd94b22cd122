# A line `d` and hexadecimal text is a frame to decode, a line `e` and JSON a message to encode; the answer is a line of
# JSON. All text is in hexadecimal: what is no UTF-8 could not be said otherwise.
require "json"
require "aws-eventstream"

$stdout.sync = true
puts JSON.generate(Gem::Specification.find_by_name("aws-eventstream").version.to_s)

TYPES = {
  "bool_true" => "boolean", "bool_false" => "boolean", "byte" => "byte", "short" => "short", "integer" => "integer",
  "long" => "long", "bytes" => "binary", "string" => "string", "timestamp" => "timestamp", "uuid" => "uuid"
}.freeze
NUMBERS = %w[byte short integer long timestamp].freeze

def hex(bytes)
  bytes.unpack1("H*")
end

def decode(frame)
  message, eof = Aws::EventStream::Decoder.new(format: false).decode_chunk(frame)
  raise "no message" if message.nil?
  raise "more than one message" unless eof

  headers = message.headers.map do |name, header|
    value = header.value
    value = hex(value) if value.is_a?(String)
    [hex(name), TYPES.fetch(header.type, "unknown"), NUMBERS.include?(header.type) ? value.to_s : value]
  end
  { headers: headers, payload: hex(message.payload.read) }
end

def header(type, value)
  case type
  when "boolean" then { type: value ? "bool_true" : "bool_false", value: value }
  when *NUMBERS then { type: type, value: Integer(value) }
  else { type: type == "binary" ? "bytes" : type, value: [value].pack("H*") }
  end
end

def encode(message)
  headers = message["headers"].to_h do |name, type, value|
    [[name].pack("H*"), Aws::EventStream::HeaderValue.new(header(type, value))]
  end
  payload = StringIO.new([message["payload"]].pack("H*"))
  hex(Aws::EventStream::Encoder.new.encode(Aws::EventStream::Message.new(headers: headers, payload: payload)))
end

$stdin.each_line do |line|
  what, rest = line.chomp.split(" ", 2)
  begin
    answer = what == "d" ? decode([rest.to_s].pack("H*")) : encode(JSON.parse(rest))
  rescue StandardError => e
    answer = { refused: "#{e.class}: #{e.message.b.inspect}" }
  end
  puts JSON.generate(answer)
end
