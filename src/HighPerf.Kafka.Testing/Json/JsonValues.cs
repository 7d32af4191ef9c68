using System.Buffers.Text;
using System.Text.Json;

namespace HighPerf.Kafka.Testing.Json;

/// <summary>Writes the values of messages that JSON has no type of its own for.</summary>
internal static class JsonValues
{
    public static void WriteBytes(Utf8JsonWriter json, string name, byte[]? value)
    {
        if (value is null)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteString(name, Convert.ToBase64String(value));
        }
    }

    public static void WriteUuid(Utf8JsonWriter json, string name, Guid value) => json.WriteString(name, UuidText(value));

    /// <summary>A number as Java prints it; what is no number is text.</summary>
    public static void WriteFloat64(Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        if (!double.IsFinite(value))
        {
            json.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        }
        else
        {
            json.WriteRawValue(JavaDouble.Format(value));
        }
    }

    public static void WriteInt8List(Utf8JsonWriter json, string name, List<sbyte>? list) =>
        WriteValues(json, name, list, static (json, value) => json.WriteNumberValue(value));

    public static void WriteInt16List(Utf8JsonWriter json, string name, List<short>? list) =>
        WriteValues(json, name, list, static (json, value) => json.WriteNumberValue(value));

    public static void WriteInt32List(Utf8JsonWriter json, string name, List<int>? list) =>
        WriteValues(json, name, list, static (json, value) => json.WriteNumberValue(value));

    public static void WriteInt64List(Utf8JsonWriter json, string name, List<long>? list) =>
        WriteValues(json, name, list, static (json, value) => json.WriteNumberValue(value));

    public static void WriteStringList(Utf8JsonWriter json, string name, List<string>? list) =>
        WriteValues(json, name, list, static (json, value) => json.WriteStringValue(value));

    public static void WriteUuidList(Utf8JsonWriter json, string name, List<Guid>? list) =>
        WriteValues(json, name, list, static (json, value) => json.WriteStringValue(UuidText(value)));

    public static void WriteStruct<T>(Utf8JsonWriter json, string name, T? value, short version, Action<Utf8JsonWriter, T, short> write)
        where T : class
    {
        if (value is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WritePropertyName(name);
        write(json, value, version);
    }

    public static void WriteList<T>(Utf8JsonWriter json, string name, List<T>? list, short version, Action<Utf8JsonWriter, T, short> write)
    {
        if (list is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        foreach (T element in list)
        {
            write(json, element, version);
        }

        json.WriteEndArray();
    }

    /// <summary>The 16 bytes, most significant first, in url-safe base64 without padding: 22 characters.</summary>
    private static string UuidText(Guid value) => Base64Url.EncodeToString(value.ToByteArray(bigEndian: true));

    private static void WriteValues<T>(Utf8JsonWriter json, string name, List<T>? list, Action<Utf8JsonWriter, T> write)
    {
        if (list is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        foreach (T element in list)
        {
            write(json, element);
        }

        json.WriteEndArray();
    }
}
