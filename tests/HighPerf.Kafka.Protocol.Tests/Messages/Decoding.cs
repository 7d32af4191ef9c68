using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

/// <summary>Decodes what may be damaged; anything but a message or a <see cref="KafkaProtocolException"/> fails the test, as does too much memory.</summary>
internal static class Decoding
{
    // The most that a minute of fuzzing found is 48 bytes for each byte read. An empty array is one byte on the wire and, with its list and the one that a new
    // structure starts with, about 72 in memory; nothing costs more. An exception with its text and stack trace takes a few kilobytes.
    private const int MostBytesPerByte = 80;
    private const int MostBytesBeside = 16 * 1024;

    /// <summary>The body of a frame; null when header or body is refused, or when bytes are left over.</summary>
    public static IKafkaMessage? TryFrame(ReadOnlySpan<byte> frame, MessageDescriptor message, short version)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        IKafkaMessage? body = null;
        try
        {
            KafkaReader reader = new(frame);
            reader.ReadInt32();
            if (message.Kind == MessageKind.Request)
            {
                // A corrupt header may name another message; then that is what is read.
                RequestHeader header = RequestFrame.ReadHeader(ref reader);
                MessageDescriptor named = MessageCatalog.Find((ApiKey)header.RequestApiKey, MessageKind.Request)!;
                body = named.Read(ref reader, header.RequestApiVersion);
                body = ReferenceEquals(named, message) && header.RequestApiVersion == version && reader.Remaining == 0 ? body : null;
            }
            else
            {
                ResponseFrame.ReadHeader(ref reader, message.HeaderVersion(version)!.Value);
                body = message.Read(ref reader, version);
                body = reader.Remaining == 0 ? body : null;
            }
        }
        catch (KafkaProtocolException)
        {
            body = null;
        }

        CheckAllocated(before, frame.Length, message, version);
        return body;
    }

    /// <summary>A body; null when it is refused or bytes are left over.</summary>
    public static IKafkaMessage? TryBody(ReadOnlySpan<byte> bytes, MessageDescriptor message, short version)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        IKafkaMessage? body;
        try
        {
            KafkaReader reader = new(bytes);
            body = message.Read(ref reader, version);
            body = reader.Remaining == 0 ? body : null;
        }
        catch (KafkaProtocolException)
        {
            body = null;
        }

        CheckAllocated(before, bytes.Length, message, version);
        return body;
    }

    private static void CheckAllocated(long before, int length, MessageDescriptor message, short version)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > ((long)length * MostBytesPerByte) + MostBytesBeside)
        {
            Assert.Fail($"reading {message.Name} v{version} from {length} bytes took {allocated} bytes of memory");
        }
    }
}
