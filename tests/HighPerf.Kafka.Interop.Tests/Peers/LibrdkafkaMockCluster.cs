using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>
/// The mock cluster inside librdkafka: brokers on real sockets, written by others. It stores what is produced and serves it again,
/// and can be told to answer with errors, late, or not at all. Disposing ends its threads and closes its sockets.
/// </summary>
internal sealed unsafe class LibrdkafkaMockCluster : IDisposable
{
    private const int Producer = 0;

    private readonly nint _client;
    private readonly nint _cluster;
    private bool _disposed;

    /// <exception cref="InvalidOperationException">librdkafka refused; the message says why.</exception>
    public LibrdkafkaMockCluster(int brokers = 1)
    {
        // The cluster lives in a client that is never used; its log would only disturb the test's output.
        nint settings = ((delegate* unmanaged<nint>)Librdkafka.Function("rd_kafka_conf_new"))();
        Set(settings, "log_level", "0");
        byte* error = stackalloc byte[512];
        _client = ((delegate* unmanaged<int, nint, byte*, nuint, nint>)Librdkafka.Function("rd_kafka_new"))(Producer, settings, error, 512);
        if (_client == 0)
        {
            throw new InvalidOperationException($"librdkafka makes no client: {Marshal.PtrToStringUTF8((nint)error)}");
        }

        _cluster = ((delegate* unmanaged<nint, int, nint>)Librdkafka.Function("rd_kafka_mock_cluster_new"))(_client, brokers);
        if (_cluster == 0)
        {
            ((delegate* unmanaged<nint, void>)Librdkafka.Function("rd_kafka_destroy"))(_client);
            throw new InvalidOperationException("librdkafka makes no mock cluster.");
        }

        nint bootstraps = ((delegate* unmanaged<nint, nint>)Librdkafka.Function("rd_kafka_mock_cluster_bootstraps"))(_cluster);
        BootstrapServers = Marshal.PtrToStringUTF8(bootstraps)!;
    }

    /// <summary>The version of the library, as in 2.15.1.</summary>
    public static string Version => Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)Librdkafka.Function("rd_kafka_version_str"))())!;

    /// <summary>host:port of each broker, with commas between them. Broker ids count from 1.</summary>
    public string BootstrapServers { get; }

    public void CreateTopic(string topic, int partitions, int replicationFactor = 1)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(topic);
        Check(
            ((delegate* unmanaged<nint, nint, int, int, int>)Librdkafka.Function("rd_kafka_mock_topic_create"))(_cluster, name, partitions, replicationFactor),
            $"creating topic {topic}");
        Marshal.FreeCoTaskMem(name);
    }

    public void SetLeader(string topic, int partition, int broker)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(topic);
        Check(
            ((delegate* unmanaged<nint, nint, int, int, int>)Librdkafka.Function("rd_kafka_mock_partition_set_leader"))(_cluster, name, partition, broker),
            $"setting the leader of {topic}-{partition}");
        Marshal.FreeCoTaskMem(name);
    }

    /// <summary>The next requests of this API are answered with these errors, one each.</summary>
    public void PushErrors(ApiKey api, params ErrorCode[] errors)
    {
        int[] codes = [.. errors.Select(error => (int)error)];
        fixed (int* first = codes)
        {
            ((delegate* unmanaged<nint, short, nuint, int*, void>)Librdkafka.Function("rd_kafka_mock_push_request_errors_array"))(
                _cluster, (short)api, (nuint)codes.Length, first);
        }
    }

    /// <summary>Holds every answer of a broker back for this long.</summary>
    public void SetRoundTripTime(int broker, TimeSpan time) =>
        Check(
            ((delegate* unmanaged<nint, int, int, int>)Librdkafka.Function("rd_kafka_mock_broker_set_rtt"))(_cluster, broker, (int)time.TotalMilliseconds),
            $"setting the round-trip time of broker {broker}");

    /// <summary>How long a new group waits for more members; three seconds unless told.</summary>
    public void SetInitialRebalanceDelay(TimeSpan delay) =>
        ((delegate* unmanaged<nint, int, void>)Librdkafka.Function("rd_kafka_mock_group_initial_rebalance_delay_ms"))(_cluster, (int)delay.TotalMilliseconds);

    /// <summary>Closes a broker's connections and its listener.</summary>
    public void TakeDown(int broker) =>
        Check(((delegate* unmanaged<nint, int, int>)Librdkafka.Function("rd_kafka_mock_broker_set_down"))(_cluster, broker), $"taking broker {broker} down");

    public void BringUp(int broker) =>
        Check(((delegate* unmanaged<nint, int, int>)Librdkafka.Function("rd_kafka_mock_broker_set_up"))(_cluster, broker), $"bringing broker {broker} up");

    /// <summary>Which versions of an API the brokers say they know.</summary>
    public void SetVersions(ApiKey api, short min, short max) =>
        Check(
            ((delegate* unmanaged<nint, short, short, short, int>)Librdkafka.Function("rd_kafka_mock_set_apiversion"))(_cluster, (short)api, min, max),
            $"setting the versions of {api}");

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            ((delegate* unmanaged<nint, void>)Librdkafka.Function("rd_kafka_mock_cluster_destroy"))(_cluster);
            ((delegate* unmanaged<nint, void>)Librdkafka.Function("rd_kafka_destroy"))(_client);
        }
    }

    private static void Set(nint settings, string name, string value)
    {
        nint nameText = Marshal.StringToCoTaskMemUTF8(name);
        nint valueText = Marshal.StringToCoTaskMemUTF8(value);
        byte* error = stackalloc byte[512];
        int result = ((delegate* unmanaged<nint, nint, nint, byte*, nuint, int>)Librdkafka.Function("rd_kafka_conf_set"))(
            settings, nameText, valueText, error, 512);
        Marshal.FreeCoTaskMem(nameText);
        Marshal.FreeCoTaskMem(valueText);
        if (result != 0)
        {
            throw new InvalidOperationException($"librdkafka refuses {name}={value}: {Marshal.PtrToStringUTF8((nint)error)}");
        }
    }

    private static void Check(int error, string what)
    {
        if (error != 0)
        {
            throw new InvalidOperationException($"librdkafka's mock cluster: {what} failed with error {error}.");
        }
    }
}
