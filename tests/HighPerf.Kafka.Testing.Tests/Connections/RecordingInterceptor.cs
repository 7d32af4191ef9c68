using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Tests.Connections;

/// <summary>Remembers every request and does with it what the test says.</summary>
internal sealed class RecordingInterceptor(Action<InterceptedRequest>? decide = null) : IRequestInterceptor
{
    public List<(long Connection, ApiKey ApiKey, short Version, string? ClientId)> Seen { get; } = [];

    public List<InterceptedRequest> Held { get; } = [];

    public void OnRequest(InterceptedRequest request)
    {
        Seen.Add((request.ConnectionId, request.ApiKey, request.Header.Version, request.Header.ClientId));
        decide?.Invoke(request);
        if (request.IsHeld)
        {
            Held.Add(request);
        }
    }
}
