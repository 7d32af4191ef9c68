using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>
/// The bytes of one record of format 2, for whoever writes batches. Pure functions over memory that the caller has checked: no bounds are looked at here.
/// </summary>
/// <remarks>
/// A record, all numbers but the attributes being zigzag varints:
/// <code>
/// length | attributes (int8, 0) | timestamp delta (64 bits) | offset delta | key length | key | value length | value | header count | headers
/// a header: key length | key (UTF-8) | value length | value           length -1 is null
/// </code>
/// </remarks>
internal static class RecordEncoder
{
    /// <summary>The most a record takes beyond key, value and headers: length, attributes, timestamp delta, offset delta and three lengths.</summary>
    public const int MaxRecordOverhead = 5 + 1 + 10 + 5 + 5 + 5 + 5;

    /// <summary>An upper bound of what a record takes: "would it fit".</summary>
    /// <param name="headersSize">As <see cref="SizeOfHeaders"/> gives it.</param>
    public static long MaxSizeOf(int keyLength, int valueLength, int headersSize = 0) =>
        (long)MaxRecordOverhead + Math.Max(keyLength, 0) + Math.Max(valueLength, 0) + headersSize;

    /// <summary>The bytes that headers take, without their count.</summary>
    public static int SizeOfHeaders(ReadOnlySpan<RecordHeader> headers)
    {
        long size = 0;
        foreach (RecordHeader header in headers)
        {
            int keyLength = Encoding.UTF8.GetByteCount(header.Key);
            int valueLength = header.Value is { } value ? value.Length : -1;
            size += (long)Varint.SizeOf(keyLength) + keyLength + Varint.SizeOf(valueLength) + Math.Max(valueLength, 0);
        }

        return size <= int.MaxValue ? (int)size : ThrowTooLarge(size);
    }

    /// <summary>
    /// Writes a record up to its value and returns where that goes. There must be room for <see cref="MaxSizeOf"/>.
    /// </summary>
    /// <param name="timestampDelta">Zigzag.</param>
    /// <param name="total">The bytes of the whole record, its value and headers included.</param>
    public static ref byte WriteUpToValue(
        ref byte p, int offsetDelta, ulong timestampDelta, NullableBytes key, int valueLength, int headerCount, int headersSize, out int total)
    {
        ReadOnlySpan<byte> keySpan = key.Span;
        uint encodedKeyLength = Varint.ZigZag(key.Length);
        uint encodedValueLength = Varint.ZigZag(valueLength);
        int size = 1 + Varint.SizeOfUnsigned(timestampDelta) + Varint.SizeOf(offsetDelta) + Varint.SizeOfUnsigned(encodedKeyLength)
            + Varint.SizeOfUnsigned(encodedValueLength) + Varint.SizeOf(headerCount) + keySpan.Length + Math.Max(valueLength, 0) + headersSize;
        uint length = Varint.ZigZag(size);
        total = Varint.SizeOfUnsigned(length) + size;
        p = ref Unsafe.Add(ref p, Varint.WriteUnchecked(ref p, length));
        p = 0;
        p = ref Unsafe.Add(ref p, 1);
        p = ref Unsafe.Add(ref p, Varint.WriteUnchecked(ref p, timestampDelta));
        p = ref Unsafe.Add(ref p, Varint.WriteUnchecked(ref p, Varint.ZigZag(offsetDelta)));
        p = ref Unsafe.Add(ref p, Varint.WriteUnchecked(ref p, encodedKeyLength));
        keySpan.CopyTo(MemoryMarshal.CreateSpan(ref p, keySpan.Length));
        p = ref Unsafe.Add(ref p, keySpan.Length);
        return ref Unsafe.Add(ref p, Varint.WriteUnchecked(ref p, encodedValueLength));
    }

    /// <summary>Writes what follows a value: the number of headers, and the headers.</summary>
    /// <param name="headersSize">As <see cref="SizeOfHeaders"/> gives it.</param>
    public static void WriteHeaders(ref byte p, ReadOnlySpan<RecordHeader> headers, int headersSize)
    {
        if (headers.Length == 0)
        {
            p = 0;
            return;
        }

        int written = Varint.WriteUnchecked(ref p, Varint.ZigZag(headers.Length));
        Span<byte> destination = MemoryMarshal.CreateSpan(ref Unsafe.Add(ref p, written), headersSize);
        foreach (RecordHeader header in headers)
        {
            int keyLength = Encoding.UTF8.GetByteCount(header.Key);
            destination = destination[Varint.WriteUnsigned(destination, Varint.ZigZag(keyLength))..];
            destination = destination[Encoding.UTF8.GetBytes(header.Key, destination)..];
            ReadOnlySpan<byte> value = header.Value.GetValueOrDefault().Span;
            destination = destination[Varint.WriteUnsigned(destination, Varint.ZigZag(header.Value is null ? -1 : value.Length))..];
            value.CopyTo(destination);
            destination = destination[value.Length..];
        }
    }

    [DoesNotReturn]
    public static int ThrowTooLarge(long size) => throw new ArgumentException($"A record of {size} bytes is larger than the format can hold (2^31 - 1).");
}
