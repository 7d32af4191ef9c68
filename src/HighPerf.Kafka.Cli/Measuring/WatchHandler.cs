using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>Tells a watch what became of records; the context of each is when its time began, 0 when it is not timed. Thread-safe.</summary>
internal sealed class WatchHandler(DeliveryWatch watch) : IDeliveryHandler
{
    public void OnDelivered(in DeliveryReport report) => watch.Done(report.Context, report.Error?.Message);
}
