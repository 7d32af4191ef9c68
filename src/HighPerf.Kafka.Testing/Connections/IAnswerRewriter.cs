namespace HighPerf.Kafka.Testing.Connections;

/// <summary>Changes what a request asks or what its answer says. Owner: the cluster's loop.</summary>
internal interface IAnswerRewriter
{
    /// <summary>The body to be handled in place of the request's own.</summary>
    ReadOnlyMemory<byte> RewriteRequest(InterceptedRequest request, RequestContext context);

    /// <summary>The frame to be sent in place of the answer.</summary>
    byte[] RewriteAnswer(InterceptedRequest request, byte[] frame);
}
