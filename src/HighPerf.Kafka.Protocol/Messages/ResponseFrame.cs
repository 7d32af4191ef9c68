using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>A response as sent: <c>int32 size | int32 correlation id | tagged fields (header v1) | body</c>. The size does not count itself.</summary>
internal static class ResponseFrame
{
    /// <summary>The size prefix in front of every frame.</summary>
    public const int PrefixSize = 4;

    /// <summary>The size of the whole frame, with its prefix.</summary>
    /// <exception cref="KafkaException">The response cannot be encoded in this version.</exception>
    public static int GetSize<T>(T response, short version)
        where T : class, IKafkaMessage<T> => GetSize(T.Descriptor, response, version);

    public static int GetSize(MessageDescriptor descriptor, IKafkaMessage response, short version)
    {
        int header = descriptor.HeaderVersion(version) == 0 ? 4 : 5;
        return WireSize.OfMessage((long)PrefixSize + header + response.GetSize(version), descriptor, version);
    }

    /// <summary>Writes the whole frame into <paramref name="destination"/>, which has the size that <c>GetSize</c> gave.</summary>
    public static void Write<T>(Span<byte> destination, T response, short version, int correlationId)
        where T : class, IKafkaMessage<T> => Write(destination, T.Descriptor, response, version, correlationId);

    public static void Write(Span<byte> destination, MessageDescriptor descriptor, IKafkaMessage response, short version, int correlationId)
    {
        KafkaWriter writer = new(destination);
        writer.WriteInt32(destination.Length - PrefixSize);
        writer.WriteInt32(correlationId);
        if (descriptor.HeaderVersion(version) != 0)
        {
            writer.WriteUnsignedVarint(0);
        }

        response.Write(ref writer, version);
    }

    /// <summary>Appends the whole frame to a buffer. Returns its size.</summary>
    public static int Append<T>(PooledBuffer buffer, T response, short version, int correlationId)
        where T : class, IKafkaMessage<T>
    {
        int size = GetSize(response, version);
        Write(buffer.GetSpan(size)[..size], response, version, correlationId);
        buffer.Advance(size);
        return size;
    }

    /// <summary>
    /// Reads the header of a frame whose size prefix is behind and returns the correlation id; the body follows in the reader. Tagged fields of the header
    /// are passed over.
    /// </summary>
    /// <param name="headerVersion"><see cref="MessageDescriptor.HeaderVersion"/> of the response that is expected.</param>
    public static int ReadHeader(ref KafkaReader reader, short headerVersion)
    {
        reader.Enter(ResponseHeader.Descriptor, headerVersion);
        int correlationId = reader.ReadInt32();
        if (headerVersion > 0)
        {
            TaggedFields.Skip(ref reader);
        }

        reader.Leave();
        return correlationId;
    }
}
