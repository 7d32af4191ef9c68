namespace HighPerf.Kafka;

/// <summary>A header of a record to be sent. The bytes are copied when the record is; until then they must not change.</summary>
public readonly struct RecordHeader
{
    /// <summary>Creates a header.</summary>
    /// <param name="key">The name; may be empty, and may occur more than once in a record.</param>
    /// <param name="value">The value; null is not the same as empty.</param>
    public RecordHeader(string key, ReadOnlyMemory<byte>? value)
    {
        ArgumentNullException.ThrowIfNull(key);
        Key = key;
        Value = value;
    }

    /// <summary>The name.</summary>
    public string Key { get; }

    /// <summary>The value, or null.</summary>
    public ReadOnlyMemory<byte>? Value { get; }
}
