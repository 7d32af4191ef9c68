using System.Text;

namespace HighPerf.Kafka.Serialization;

/// <summary>
/// Strings as UTF-8; a null string is null on the wire. Half of a surrogate pair becomes U+FFFD, as everywhere in .NET. Stateless.
/// </summary>
internal sealed class Utf8StringSerializer : ISpanSerializer<string?>, IDeserializer<string?>, IInPlaceSerializer
{
    public int GetSize(string? value) => value is null ? -1 : Encoding.UTF8.GetByteCount(value);

    public void Serialize(string? value, Span<byte> destination) => Encoding.UTF8.GetBytes(value, destination);

    public string? Deserialize(ReadOnlySpan<byte> data, bool isNull) => isNull ? null : Encoding.UTF8.GetString(data);
}
