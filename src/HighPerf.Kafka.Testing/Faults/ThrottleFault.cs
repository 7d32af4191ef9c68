using System.Text.Json.Nodes;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Faults;

/// <summary>Puts a throttle time into answers that have one. Immutable.</summary>
internal sealed class ThrottleFault(int throttleTimeMs) : IAnswerRewriter
{
    private const string Field = "throttleTimeMs";

    public ReadOnlyMemory<byte> RewriteRequest(InterceptedRequest request, RequestContext context) => request.Body;

    public byte[] RewriteAnswer(InterceptedRequest request, byte[] frame)
    {
        AnswerBody answer = AnswerBody.Read(request, frame);
        if (!answer.Json.ContainsKey(Field))
        {
            return frame;
        }

        answer.Json[Field] = JsonValue.Create(throttleTimeMs);
        return answer.ToFrame();
    }
}
