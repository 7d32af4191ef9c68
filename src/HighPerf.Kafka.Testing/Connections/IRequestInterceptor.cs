namespace HighPerf.Kafka.Testing.Connections;

/// <summary>Sees every request before it is handled and decides what becomes of it. Called on the cluster's loop.</summary>
internal interface IRequestInterceptor
{
    /// <summary>
    /// Looks at a request; setting <see cref="InterceptedRequest.Verdict"/> or calling <see cref="InterceptedRequest.Hold"/> changes what happens.
    /// The bytes of <see cref="InterceptedRequest.Body"/> are valid during the call, or until release when it is held.
    /// </summary>
    void OnRequest(InterceptedRequest request);
}
