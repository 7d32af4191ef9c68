using System.Text.Json;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Cli.Wire;

/// <summary>A line of a file of messages (<c>message, apiKey, type, version, json, hex</c>) or frames (<c>header, body</c> for <c>json</c>).</summary>
internal readonly struct VectorLine
{
    private readonly JsonElement _line;
    private readonly WireTarget _target;

    /// <param name="given">What the line need not say.</param>
    public VectorLine(JsonElement line, WireTarget given)
    {
        _line = line;
        bool isFrame = given.IsFrame || (line.TryGetProperty("header", out _) && line.TryGetProperty("body", out _));
        _target = new WireTarget(Name() ?? given.Name, Kind() ?? given.Kind, Version() ?? given.Version, isFrame);
    }

    /// <summary>Decodes <c>hex</c>; writes <c>json</c> and what our encoder makes of it as <c>hex</c>.</summary>
    public bool Decode(Utf8JsonWriter json)
    {
        WireValue value = WireValue.Decode(Hex(_line), _target);
        byte[] bytes = value.Encode();
        json.WritePropertyName("json");
        value.WriteJson(json);
        json.WriteString("hex", Convert.ToHexStringLower(bytes));
        return true;
    }

    /// <summary>Encodes <c>json</c>, or <c>header</c> and <c>body</c>; writes it again as <c>json</c> and its bytes as <c>hex</c>.</summary>
    public bool Encode(Utf8JsonWriter json)
    {
        if (_line.TryGetProperty("json", out JsonElement whole))
        {
            byte[] bytes = WireValue.FromJson(whole, _target).Encode();
            json.WritePropertyName("json");
            whole.WriteTo(json);
            json.WriteString("hex", Convert.ToHexStringLower(bytes));
        }
        else if (_line.TryGetProperty("header", out JsonElement header) && _line.TryGetProperty("body", out JsonElement body))
        {
            byte[] bytes = WireValue.FromJson(header, body, _target).Encode();
            json.WriteStartObject("json");
            json.WritePropertyName("header");
            header.WriteTo(json);
            json.WritePropertyName("body");
            body.WriteTo(json);
            json.WriteEndObject();
            json.WriteString("hex", Convert.ToHexStringLower(bytes));
        }
        else
        {
            throw new WireException("the line has no \"json\", and no \"header\" and \"body\"; this is no file of messages or frames");
        }

        return true;
    }

    /// <summary>The bytes of a line's <c>hex</c>.</summary>
    public static byte[] Hex(JsonElement line) => line.TryGetProperty("hex", out JsonElement hex) && hex.ValueKind == JsonValueKind.String
        ? HexText.Parse(hex.GetString())
        : throw new WireException("the line has no \"hex\" with hexadecimal digits; this is no file of messages, frames or records");

    private string? Name()
    {
        if (_line.TryGetProperty("message", out JsonElement name))
        {
            return name.ValueKind == JsonValueKind.String ? name.GetString() : throw new WireException("\"message\" is not a string");
        }

        return !_line.TryGetProperty("apiKey", out JsonElement key) ? null
            : key.ValueKind is JsonValueKind.Number ? key.GetRawText()
            : throw new WireException("\"apiKey\" is not a number");
    }

    private MessageKind? Kind() => !_line.TryGetProperty("type", out JsonElement type) ? null : Text(type) switch
    {
        "request" => MessageKind.Request,
        "response" => MessageKind.Response,
        "header" => MessageKind.Header,
        "data" => MessageKind.Data,
        _ => throw new WireException($"\"type\" is {type.GetRawText()}; it must be request, response, header or data"),
    };

    private static string? Text(JsonElement json) => json.ValueKind == JsonValueKind.String ? json.GetString() : null;

    private short? Version() => !_line.TryGetProperty("version", out JsonElement version) ? null
        : version.ValueKind == JsonValueKind.Number && version.TryGetInt16(out short number) ? number
        : throw new WireException($"\"version\" is {version.GetRawText()}; it must be a 16-bit integer");
}
