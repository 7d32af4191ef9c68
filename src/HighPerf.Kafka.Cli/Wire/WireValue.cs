using System.Buffers.Binary;
using System.Text.Json;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Cli.Wire;

/// <summary>
/// A message body, or a frame with its header, between its two forms: bytes and JSON. A frame is <c>{"header":…,"body":…}</c> in JSON, and
/// <c>int32 size | header | body</c> in bytes. Unknown tagged fields that were read are written again, but they are not in the JSON.
/// </summary>
internal sealed class WireValue
{
    private const int PrefixSize = 4;

    private readonly MessageDescriptor _message;
    private readonly short _version;
    private readonly IKafkaMessage? _header;
    private readonly IKafkaMessage _body;

    private WireValue(MessageDescriptor message, short version, IKafkaMessage? header, IKafkaMessage body)
    {
        _message = message;
        _version = version;
        _header = header;
        _body = body;
    }

    public static WireValue Decode(ReadOnlySpan<byte> bytes, WireTarget target)
    {
        KafkaReader reader = new(bytes);
        if (target.IsFrame)
        {
            return DecodeFrame(ref reader, target);
        }

        MessageDescriptor message = target.Message();
        short version = target.VersionOf(message);
        return new WireValue(message, version, null, ReadBody(ref reader, message, version));
    }

    public static WireValue FromJson(JsonElement json, WireTarget target)
    {
        if (!target.IsFrame)
        {
            MessageDescriptor message = target.Message();
            short version = target.VersionOf(message);
            return new WireValue(message, version, null, MessageJson.Read(json, message, version));
        }

        if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("header", out JsonElement header)
            && json.TryGetProperty("body", out JsonElement body))
        {
            return FromJson(header, body, target);
        }

        throw new WireException("the JSON of a frame is {\"header\":...,\"body\":...}; for a body alone leave out --frame");
    }

    public static WireValue FromJson(JsonElement headerJson, JsonElement bodyJson, WireTarget target)
    {
        if (target.IsInFrame)
        {
            JsonFields fields = new(headerJson);
            (MessageDescriptor named, short namedVersion) = WireTarget.OfHeader(fields.Int16("requestApiKey"), fields.Int16("requestApiVersion"));
            target = target with { Name = named.Name, Version = namedVersion };
        }

        MessageDescriptor message = target.Message();
        short version = target.VersionOf(message);
        IKafkaMessage header = Inside("header", () => MessageJson.Read(headerJson, HeaderOf(message), message.HeaderVersion(version)!.Value));
        CheckHeader(header, message, version);
        return new WireValue(message, version, header, Inside("body", () => MessageJson.Read(bodyJson, message, version)));
    }

    /// <summary>The bytes that our encoder makes.</summary>
    public byte[] Encode()
    {
        int bodySize = _body.GetSize(_version);
        short headerVersion = _header is null ? (short)0 : _message.HeaderVersion(_version)!.Value;
        int headerSize = _header is null ? 0 : PrefixSize + _header.GetSize(headerVersion);
        byte[] bytes = new byte[WireSize.OfMessage((long)headerSize + bodySize, _message, _version)];
        KafkaWriter writer = new(bytes);
        if (_header is not null)
        {
            writer.WriteInt32(bytes.Length - PrefixSize);
            _header.Write(ref writer, headerVersion);
        }

        _body.Write(ref writer, _version);
        return writer.Remaining == 0
            ? bytes
            : throw new InvalidOperationException($"{_message.Name} v{_version} is {writer.Remaining} bytes shorter than its size.");
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        if (_header is null)
        {
            MessageJson.Write(json, _message, _body, _version);
            return;
        }

        json.WriteStartObject();
        json.WritePropertyName("header");
        MessageJson.Write(json, HeaderOf(_message), _header, _message.HeaderVersion(_version)!.Value);
        json.WritePropertyName("body");
        MessageJson.Write(json, _message, _body, _version);
        json.WriteEndObject();
    }

    private static WireValue DecodeFrame(ref KafkaReader reader, WireTarget target)
    {
        int size = reader.ReadInt32();
        if (size != reader.Remaining)
        {
            string what = size < 0 ? "a negative size" : size > reader.Remaining ? "the frame is truncated" : "bytes follow the frame";
            throw new WireException(
                $"{what}: the first four bytes say that {size} bytes follow and there are {reader.Remaining}; "
                + "for a body without size and header leave out --frame");
        }

        if (target.IsInFrame)
        {
            ReadOnlySpan<byte> start = reader.Peek(4);
            short key = BinaryPrimitives.ReadInt16BigEndian(start);
            (MessageDescriptor named, short namedVersion) = WireTarget.OfHeader(key, BinaryPrimitives.ReadInt16BigEndian(start[2..]));
            target = target with { Name = named.Name, Version = namedVersion };
        }

        MessageDescriptor message = target.Message();
        short version = target.VersionOf(message);
        IKafkaMessage header = HeaderOf(message).Read(ref reader, message.HeaderVersion(version)!.Value);
        CheckHeader(header, message, version);
        return new WireValue(message, version, header, ReadBody(ref reader, message, version));
    }

    private static IKafkaMessage ReadBody(ref KafkaReader reader, MessageDescriptor message, short version)
    {
        IKafkaMessage body = message.Read(ref reader, version);
        return reader.Remaining == 0 ? body : throw new WireException(
            $"{message.Name} v{version} ends at offset {reader.Position} and {reader.Remaining} bytes are left over; "
            + "check the version, and request or response");
    }

    private static MessageDescriptor HeaderOf(MessageDescriptor message) =>
        message.Kind == MessageKind.Request ? RequestHeader.Descriptor : ResponseHeader.Descriptor;

    /// <summary>A request's header names API and version; they must be those of the body, or a broker would read another message.</summary>
    private static void CheckHeader(IKafkaMessage header, MessageDescriptor message, short version)
    {
        if (header is RequestHeader request && (request.RequestApiKey != (short)message.ApiKey! || request.RequestApiVersion != version))
        {
            throw new WireException(
                $"the header names the API key {request.RequestApiKey} in version {request.RequestApiVersion}, "
                + $"but {message.Name} v{version} has the key {(short)message.ApiKey!}");
        }
    }

    private static IKafkaMessage Inside(string place, Func<IKafkaMessage> read)
    {
        try
        {
            return read();
        }
        catch (MessageJsonException e)
        {
            throw e.Inside(place);
        }
    }
}
