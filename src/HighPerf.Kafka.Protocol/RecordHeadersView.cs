using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka;

/// <summary>
/// The headers of a received record, in the order they were written; names may repeat. They are read when they are enumerated, so a consumer that does not
/// look at them does not pay for them. A view that is valid as long as the record's batch.
/// </summary>
public readonly ref struct RecordHeadersView
{
    internal RecordHeadersView(ReadOnlySpan<byte> encoded, int count)
    {
        Encoded = encoded;
        Count = count;
    }

    /// <summary>The number of headers.</summary>
    public int Count { get; }

    /// <summary>The headers as they stand in the record, behind their count. They were checked when the record was reached.</summary>
    internal ReadOnlySpan<byte> Encoded { get; }

    /// <summary>Enumerates the headers.</summary>
    public Enumerator GetEnumerator() => new(Encoded, Count);

    /// <summary>Finds the last header of that name, which by custom is the one that counts.</summary>
    /// <param name="keyUtf8">The name as UTF-8 bytes.</param>
    /// <param name="header">The header; default when there is none.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetLast(ReadOnlySpan<byte> keyUtf8, out RecordHeaderView header)
    {
        header = default;
        bool found = false;
        foreach (RecordHeaderView candidate in this)
        {
            if (candidate.KeyUtf8.SequenceEqual(keyUtf8))
            {
                header = candidate;
                found = true;
            }
        }

        return found;
    }

    /// <summary>Walks the headers of one record.</summary>
    public ref struct Enumerator
    {
        private readonly int _count;
        private KafkaReader _reader;
        private int _index;

        internal Enumerator(ReadOnlySpan<byte> encoded, int count)
        {
            _reader = new KafkaReader(encoded);
            _count = count;
        }

        /// <summary>The header reached by the last <see cref="MoveNext"/>.</summary>
        public RecordHeaderView Current { get; private set; }

        /// <summary>Goes to the next header; false behind the last one.</summary>
        public bool MoveNext()
        {
            if (_index >= _count)
            {
                return false;
            }

            _index++;
            ReadOnlySpan<byte> key = _reader.ReadRaw(_reader.ReadVarint());
            int valueLength = _reader.ReadVarint();
            Current = new RecordHeaderView(key, _reader.ReadRaw(Math.Max(valueLength, 0)), valueLength < 0);
            return true;
        }
    }
}
