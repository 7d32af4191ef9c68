using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Recording;

/// <summary>The frame of an answer: <c>int32 size | int32 correlation id | tagged fields (header v1) | body</c>.</summary>
internal static class AnswerFrame
{
    private const int PrefixSize = 4;

    /// <summary>The version of an answer: that of the request, but for an ApiVersions request in a version that nobody knows, which is answered in 0.</summary>
    public static short VersionOf(ApiKey apiKey, short version) =>
        apiKey == ApiKey.ApiVersions && !ApiVersionsResponse.Descriptor.HasVersion(version) ? (short)0 : version;

    public static ReadOnlyMemory<byte> Body(byte[] frame, ApiKey apiKey, short version)
    {
        KafkaReader reader = new(frame.AsSpan(PrefixSize));
        MessageDescriptor response = MessageCatalog.Find(apiKey, MessageKind.Response)!;
        ResponseFrame.ReadHeader(ref reader, response.HeaderVersion(VersionOf(apiKey, version))!.Value);
        return frame.AsMemory(PrefixSize + reader.Position);
    }
}
