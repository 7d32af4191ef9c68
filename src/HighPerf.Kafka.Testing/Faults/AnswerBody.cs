using System.Buffers.Binary;
using System.Text.Json.Nodes;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Json;
using HighPerf.Kafka.Testing.Recording;

namespace HighPerf.Kafka.Testing.Faults;

/// <summary>An answer taken apart to be changed.</summary>
internal sealed class AnswerBody
{
    private readonly MessageDescriptor _descriptor;
    private readonly short _version;
    private readonly byte[] _frame;
    private readonly int _start;

    private AnswerBody(MessageDescriptor descriptor, short version, byte[] frame, int start, JsonObject json)
    {
        _descriptor = descriptor;
        _version = version;
        _frame = frame;
        _start = start;
        Json = json;
    }

    public JsonObject Json { get; }

    public static AnswerBody Read(InterceptedRequest request, byte[] frame)
    {
        MessageDescriptor descriptor = MessageCatalog.Find(request.ApiKey, MessageKind.Response)!;
        ReadOnlyMemory<byte> body = AnswerFrame.Body(frame, request.ApiKey, request.Header.Version);
        short version = AnswerFrame.VersionOf(request.ApiKey, request.Header.Version, body.Span);
        return new AnswerBody(descriptor, version, frame, frame.Length - body.Length, MessageText.ToNode(descriptor, version, body.Span));
    }

    public byte[] ToFrame()
    {
        byte[] frame = MessageText.ToBytes(_descriptor, _version, Json, _start);
        _frame.AsSpan(0, _start).CopyTo(frame);
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - ResponseFrame.PrefixSize);
        return frame;
    }
}
