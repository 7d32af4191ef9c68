namespace HighPerf.Kafka;

/// <summary>
/// Told what became of records that nobody awaits. One object can serve any number of records: which one is meant stands in the report. Called from the
/// thread pool, for one record after the other of a batch, and for several batches at the same time; so it must be thread-safe. It holds up the other
/// reports of its batch while it runs. What it throws is logged and harms nobody.
/// </summary>
public interface IDeliveryHandler
{
    /// <summary>The record is acknowledged, or has failed. Once for each record that was accepted with this handler.</summary>
    void OnDelivered(in DeliveryReport report);
}
