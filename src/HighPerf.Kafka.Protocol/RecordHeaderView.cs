using System.Text;

namespace HighPerf.Kafka;

/// <summary>A header of a received record: a view that is valid as long as the record's batch.</summary>
public readonly ref struct RecordHeaderView
{
    private readonly ReadOnlySpan<byte> _value;

    internal RecordHeaderView(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isValueNull)
    {
        KeyUtf8 = key;
        _value = value;
        IsValueNull = isValueNull;
    }

    /// <summary>The name as UTF-8 bytes.</summary>
    public ReadOnlySpan<byte> KeyUtf8 { get; }

    /// <summary>The name; each call decodes it into a new string.</summary>
    public string Key => Encoding.UTF8.GetString(KeyUtf8);

    /// <summary>The value; empty when it is null.</summary>
    public ReadOnlySpan<byte> Value => _value;

    /// <summary>Whether the value is null, which is not the same as empty.</summary>
    public bool IsValueNull { get; }
}
