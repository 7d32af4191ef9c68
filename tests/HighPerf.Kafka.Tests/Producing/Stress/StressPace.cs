using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Tests.Producing.Stress;

/// <summary>The clock of a run: the Produce requests that the brokers received. So many after a fault comes the next, and the logs are read.</summary>
internal sealed class StressPace : IRequestInterceptor
{
    private const int RequestsPerFault = 15;
    private const int RequestsPerReading = 60;

    private int _requests; // owner: the cluster's loop

    public SemaphoreSlim ForFaults { get; } = new(0);

    public SemaphoreSlim ForReading { get; } = new(0);

    public void OnRequest(InterceptedRequest request)
    {
        if (request.ApiKey != ApiKey.Produce)
        {
            return;
        }

        _requests++;
        if (_requests % RequestsPerFault == 0 && ForFaults.CurrentCount == 0)
        {
            ForFaults.Release();
        }

        if (_requests % RequestsPerReading == 0 && ForReading.CurrentCount == 0)
        {
            ForReading.Release();
        }
    }
}
