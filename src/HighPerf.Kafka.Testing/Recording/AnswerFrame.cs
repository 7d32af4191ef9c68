using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Recording;

/// <summary>The frame of an answer: <c>int32 size | int32 correlation id | tagged fields (header v1) | body</c>.</summary>
internal static class AnswerFrame
{
    private const int PrefixSize = 4;

    /// <summary>
    /// The version of an answer: that of the request, but for an ApiVersions request in a version that the broker does not know: UNSUPPORTED_VERSION is the
    /// first field then, and told in version 0 (KIP-511).
    /// </summary>
    public static short VersionOf(ApiKey apiKey, short version, ReadOnlySpan<byte> body) =>
        apiKey == ApiKey.ApiVersions && BinaryPrimitives.ReadInt16BigEndian(body) == (short)ErrorCode.UnsupportedVersion ? (short)0 : version;

    public static ReadOnlyMemory<byte> Body(byte[] frame, ApiKey apiKey, short version)
    {
        KafkaReader reader = new(frame.AsSpan(PrefixSize));
        MessageDescriptor response = MessageCatalog.Find(apiKey, MessageKind.Response)!;
        ResponseFrame.ReadHeader(ref reader, response.HeaderVersion(version)!.Value);
        return frame.AsMemory(PrefixSize + reader.Position);
    }
}
