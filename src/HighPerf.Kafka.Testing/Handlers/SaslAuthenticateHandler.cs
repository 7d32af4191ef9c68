using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Comes too late on a plaintext listener, in the words of Apache Kafka.</summary>
internal sealed class SaslAuthenticateHandler : RequestHandler<SaslAuthenticateRequest, SaslAuthenticateResponse>
{
    protected override SaslAuthenticateResponse Handle(SaslAuthenticateRequest request, RequestContext context)
    {
        SaslAuthenticateResponse response = CreateErrorResponse(request, context, ErrorCode.IllegalSaslState);
        response.ErrorMessage = "SaslAuthenticate request received after successful authentication";
        return response;
    }

    protected override SaslAuthenticateResponse CreateErrorResponse(SaslAuthenticateRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };
}
