using System.Buffers.Binary;
using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests;

/// <summary>Request frames, byte by byte.</summary>
internal static class Frames
{
    public const string ClientId = "raw";

    public static byte[] Encode(IKafkaMessage message, short version)
    {
        byte[] bytes = new byte[message.GetSize(version)];
        KafkaWriter writer = new(bytes);
        message.Write(ref writer, version);
        Assert.Equal(bytes.Length, writer.Position);
        return bytes;
    }

    /// <summary>Size, header version 1 or (flexible) 2, body.</summary>
    public static byte[] Request(short apiKey, short version, int correlationId, bool flexible, ReadOnlySpan<byte> body)
    {
        byte[] clientId = Encoding.UTF8.GetBytes(ClientId);
        int header = 10 + clientId.Length + (flexible ? 1 : 0);
        byte[] frame = new byte[4 + header + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, header + body.Length);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(4), apiKey);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(6), version);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(8), correlationId);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(12), (short)clientId.Length);
        clientId.CopyTo(frame, 14);
        body.CopyTo(frame.AsSpan(4 + header));
        return frame;
    }
}
