using System.Buffers.Text;
using System.Text.Json;

namespace HighPerf.Kafka.Testing.Json;

/// <summary>
/// The fields of one JSON object, taken by name. A field that is missing or of the wrong type is refused when it is asked for, one that nobody asked
/// for at the <see cref="End"/>.
/// </summary>
internal readonly struct JsonFields
{
    private readonly JsonElement _json;
    private readonly List<string> _asked;

    public JsonFields(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new MessageJsonException("", $"should be an object, not {Kind(json)}");
        }

        _json = json;
        _asked = [];
    }

    /// <summary>Refuses what is no field of this version.</summary>
    public void End()
    {
        foreach (JsonProperty property in _json.EnumerateObject())
        {
            if (!_asked.Contains(property.Name))
            {
                throw new MessageJsonException(property.Name, "is not a field of this version");
            }
        }
    }

    /// <summary>Whether a field that may be left out is there.</summary>
    public bool Has(string name)
    {
        _asked.Add(name);
        return _json.TryGetProperty(name, out _);
    }

    public bool Boolean(string name) => Get(name, "true or false", static (JsonElement json, out bool value) =>
    {
        value = json.ValueKind == JsonValueKind.True;
        return json.ValueKind is JsonValueKind.True or JsonValueKind.False;
    });

    public sbyte Int8(string name) => Get<sbyte>(name, "an 8-bit integer", TryInt8);

    public short Int16(string name) => Get<short>(name, "a 16-bit integer", TryInt16);

    public ushort UInt16(string name) => Get(name, "an unsigned 16-bit integer", static (JsonElement json, out ushort value) =>
    {
        value = 0;
        return IsNumber(json) && json.TryGetUInt16(out value);
    });

    public uint UInt32(string name) => Get(name, "an unsigned 32-bit integer", static (JsonElement json, out uint value) =>
    {
        value = 0;
        return IsNumber(json) && json.TryGetUInt32(out value);
    });

    public int Int32(string name) => Get<int>(name, "a 32-bit integer", TryInt32);

    public long Int64(string name) => Get<long>(name, "a 64-bit integer", TryInt64);

    public double Float64(string name) => Get<double>(name, "a number", TryFloat64);

    public Guid Uuid(string name) => Get<Guid>(name, "a UUID of 22 characters in url-safe base64", TryUuid);

    public string String(string name) => Get<string>(name, "a string", TryString);

    public string? NullableString(string name) => IsNull(name) ? null : String(name);

    public byte[] Bytes(string name) => Get<byte[]>(name, "bytes in base64", TryBytes);

    public byte[]? NullableBytes(string name) => IsNull(name) ? null : Bytes(name);

    public List<sbyte> Int8List(string name) => Values<sbyte>(name, "an 8-bit integer", TryInt8);

    public List<short> Int16List(string name) => Values<short>(name, "a 16-bit integer", TryInt16);

    public List<int> Int32List(string name) => Values<int>(name, "a 32-bit integer", TryInt32);

    public List<long> Int64List(string name) => Values<long>(name, "a 64-bit integer", TryInt64);

    public List<string> StringList(string name) => Values<string>(name, "a string", TryString);

    public List<Guid> UuidList(string name) => Values<Guid>(name, "a UUID of 22 characters in url-safe base64", TryUuid);

    public List<int>? NullableInt32List(string name) => IsNull(name) ? null : Int32List(name);

    public List<string>? NullableStringList(string name) => IsNull(name) ? null : StringList(name);

    public T Struct<T>(string name, short version, Func<JsonElement, short, T> read)
        where T : class => ReadStruct(Find(name), name, version, read);

    public T? NullableStruct<T>(string name, short version, Func<JsonElement, short, T> read)
        where T : class => IsNull(name) ? null : Struct(name, version, read);

    public List<T> List<T>(string name, short version, Func<JsonElement, short, T> read)
        where T : class
    {
        List<T> list = [];
        foreach (JsonElement element in Array(name))
        {
            list.Add(ReadStruct(element, $"{name}[{list.Count}]", version, read));
        }

        return list;
    }

    public List<T>? NullableList<T>(string name, short version, Func<JsonElement, short, T> read)
        where T : class => IsNull(name) ? null : List(name, version, read);

    private static T ReadStruct<T>(JsonElement json, string place, short version, Func<JsonElement, short, T> read)
    {
        try
        {
            return read(json, version);
        }
        catch (MessageJsonException e)
        {
            throw e.Inside(place);
        }
    }

    private T Get<T>(string name, string expected, Try<T> read) => Convert(Find(name), name, expected, read);

    private List<T> Values<T>(string name, string expected, Try<T> read)
    {
        List<T> list = [];
        foreach (JsonElement element in Array(name))
        {
            list.Add(Convert(element, $"{name}[{list.Count}]", expected, read));
        }

        return list;
    }

    private static T Convert<T>(JsonElement json, string place, string expected, Try<T> read) =>
        read(json, out T value) ? value : throw new MessageJsonException(place, $"should be {expected}, not {Kind(json)}");

    private JsonElement.ArrayEnumerator Array(string name)
    {
        JsonElement json = Find(name);
        return json.ValueKind == JsonValueKind.Array ? json.EnumerateArray() : throw new MessageJsonException(name, $"should be an array, not {Kind(json)}");
    }

    private bool IsNull(string name) => Find(name).ValueKind == JsonValueKind.Null;

    private JsonElement Find(string name)
    {
        _asked.Add(name);
        return _json.TryGetProperty(name, out JsonElement value) ? value : throw new MessageJsonException(name, "is missing; this version has the field");
    }

    private static bool IsNumber(JsonElement json) => json.ValueKind == JsonValueKind.Number;

    private static bool TryInt8(JsonElement json, out sbyte value)
    {
        value = 0;
        return IsNumber(json) && json.TryGetSByte(out value);
    }

    private static bool TryInt16(JsonElement json, out short value)
    {
        value = 0;
        return IsNumber(json) && json.TryGetInt16(out value);
    }

    private static bool TryInt32(JsonElement json, out int value)
    {
        value = 0;
        return IsNumber(json) && json.TryGetInt32(out value);
    }

    private static bool TryInt64(JsonElement json, out long value)
    {
        value = 0;
        return IsNumber(json) && json.TryGetInt64(out value);
    }

    private static bool TryFloat64(JsonElement json, out double value)
    {
        value = json.ValueKind == JsonValueKind.String ? json.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => 0,
        }
        : 0;
        return value != 0 || (IsNumber(json) && json.TryGetDouble(out value));
    }

    private static bool TryString(JsonElement json, out string value)
    {
        value = "";
        try
        {
            value = json.ValueKind == JsonValueKind.String ? json.GetString()! : "";
            return json.ValueKind == JsonValueKind.String;
        }
        catch (InvalidOperationException)
        {
            // An escaped half of a surrogate pair: JSON allows it, Unicode text does not.
            return false;
        }
    }

    private static bool TryBytes(JsonElement json, out byte[] value)
    {
        value = [];
        return json.ValueKind == JsonValueKind.String && json.TryGetBytesFromBase64(out value!);
    }

    private static bool TryUuid(JsonElement json, out Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        bool isUuid = TryString(json, out string text) && Base64Url.IsValid(text, out int length) && length == 16
            && Base64Url.TryDecodeFromChars(text, bytes, out _);
        value = isUuid ? new Guid(bytes, bigEndian: true) : Guid.Empty;
        return isUuid;
    }

    private static string Kind(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.Null => "null",
        _ => json.GetRawText().Length <= 40 ? json.GetRawText() : json.GetRawText()[..40] + "...",
    };

    private delegate bool Try<T>(JsonElement json, out T value);
}
