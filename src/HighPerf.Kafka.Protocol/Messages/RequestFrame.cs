using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>
/// A request as sent: <c>int32 size | int16 api key | int16 api version | int32 correlation id | string client id | tagged fields (header v2) | body</c>.
/// The size does not count itself.
/// </summary>
internal static class RequestFrame
{
    /// <summary>The size prefix in front of every frame.</summary>
    public const int PrefixSize = 4;

    /// <summary>The size of the whole frame, with its prefix.</summary>
    /// <exception cref="KafkaException">The request cannot be encoded in this version.</exception>
    public static int GetSize<T>(T request, short version, string? clientId)
        where T : class, IKafkaMessage<T> => GetSize(T.Descriptor, request, version, clientId);

    public static int GetSize(MessageDescriptor descriptor, IKafkaMessage request, short version, string? clientId)
    {
        int body = request.GetSize(version);
        return WireSize.OfMessage(PrefixSize + HeaderSize(descriptor.IsFlexible(version), clientId) + body, descriptor, version);
    }

    /// <summary>Writes the whole frame into <paramref name="destination"/>, which has the size that <c>GetSize</c> gave.</summary>
    public static void Write<T>(Span<byte> destination, T request, short version, int correlationId, string? clientId)
        where T : class, IKafkaMessage<T> => Write(destination, T.Descriptor, request, version, correlationId, clientId);

    public static void Write(
        Span<byte> destination, MessageDescriptor descriptor, IKafkaMessage request, short version, int correlationId, string? clientId)
    {
        KafkaWriter writer = new(destination);
        writer.WriteInt32(destination.Length - PrefixSize);
        writer.WriteInt16((short)descriptor.ApiKey!.Value);
        writer.WriteInt16(version);
        writer.WriteInt32(correlationId);
        writer.WriteString(clientId);
        if (descriptor.IsFlexible(version))
        {
            writer.WriteUnsignedVarint(0);
        }

        request.Write(ref writer, version);
    }

    /// <summary>Appends the whole frame to a buffer. Returns its size.</summary>
    public static int Append<T>(PooledBuffer buffer, T request, short version, int correlationId, string? clientId)
        where T : class, IKafkaMessage<T>
    {
        int size = GetSize(request, version, clientId);
        Write(buffer.GetSpan(size)[..size], request, version, correlationId, clientId);
        buffer.Advance(size);
        return size;
    }

    /// <summary>
    /// Reads the header of a frame whose size prefix is behind; the body follows in the reader. API key and version stand in its first four bytes and say
    /// which header version it is.
    /// </summary>
    /// <exception cref="KafkaProtocolException">The bytes are malformed, or of an API that we do not know.</exception>
    public static RequestHeader ReadHeader(ref KafkaReader reader)
    {
        ReadOnlySpan<byte> start = reader.Peek(4);
        ApiKey key = (ApiKey)BinaryPrimitives.ReadInt16BigEndian(start);
        short version = BinaryPrimitives.ReadInt16BigEndian(start[2..]);
        MessageDescriptor? request = MessageCatalog.Find(key, MessageKind.Request);
        if (request is null)
        {
            reader.ThrowAt($"a request of the unknown API key {(short)key}");
        }

        return RequestHeader.Read(ref reader, request.HeaderVersion(version)!.Value);
    }

    private static long HeaderSize(bool flexible, string? clientId) =>
        8 + WireSize.OfString(clientId, compact: false, "RequestHeader.ClientId", flexible ? (short)2 : (short)1) + (flexible ? 1 : 0);
}
