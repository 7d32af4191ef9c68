using System.Buffers.Binary;
using System.Text.Json.Nodes;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Faults;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>Makes an embedded broker say what it would not say by itself, in its answers to the first requests of one kind.</summary>
internal sealed class AnswerChange(ApiKey apiKey, int times, ErrorCode? refusal, Func<InterceptedRequest, byte[], byte[]> change)
    : IRequestInterceptor, IAnswerRewriter
{
    private int _left = times;

    /// <summary>How many answers were changed.</summary>
    public int Hits { get; private set; }

    /// <summary>The next Produce request is refused, and the first partition of the answer is changed.</summary>
    public static AnswerChange Refuse(ErrorCode error, Action<JsonObject> change) => new(ApiKey.Produce, 1, error, (request, frame) =>
    {
        AnswerBody answer = AnswerBody.Read(request, frame);
        change(answer.Json["responses"]![0]!["partitionResponses"]![0]!.AsObject());
        return answer.ToFrame();
    });

    /// <summary>Answers are taken apart, changed, and sent.</summary>
    public static AnswerChange Json(ApiKey apiKey, int times, Action<JsonObject> change) => new(apiKey, times, null, (request, frame) =>
    {
        AnswerBody answer = AnswerBody.Read(request, frame);
        change(answer.Json);
        return answer.ToFrame();
    });

    /// <summary>The bytes of Produce answers are changed; the size in front of them is set right.</summary>
    public static AnswerChange Bytes(int times, Func<byte[], byte[]> change) => new(ApiKey.Produce, times, null, (_, frame) =>
    {
        byte[] changed = change(frame);
        BinaryPrimitives.WriteInt32BigEndian(changed, changed.Length - sizeof(int));
        return changed;
    });

    public void OnRequest(InterceptedRequest request)
    {
        if (request.ApiKey != apiKey || _left == 0)
        {
            return;
        }

        _left--;
        Hits++;
        request.Keep();
        request.Rewriter = this;
        if (refusal is { } error)
        {
            request.FailWith(error);
        }
    }

    public ReadOnlyMemory<byte> RewriteRequest(InterceptedRequest request, RequestContext context) => request.Body;

    public byte[] RewriteAnswer(InterceptedRequest request, byte[] frame) => change(request, frame);
}
