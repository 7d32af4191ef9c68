namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>Keeps what a delivery handler was told of each record, by the record's value.</summary>
internal sealed class ReportLedger : IDeliveryHandler
{
    private readonly Dictionary<string, List<DeliveryReport>> _reports = []; // guarded by itself

    /// <summary>The one report of a record; fails when there is none, or another.</summary>
    public DeliveryReport this[string value]
    {
        get
        {
            lock (_reports)
            {
                Assert.True(_reports.ContainsKey(value), $"nothing was reported of '{value}'");
                return Assert.Single(_reports[value]);
            }
        }
    }

    public void OnDelivered(in DeliveryReport report)
    {
        lock (_reports)
        {
            string value = (string)report.State!;
            if (!_reports.TryGetValue(value, out List<DeliveryReport>? told))
            {
                _reports.Add(value, told = []);
            }

            told.Add(report);
        }
    }
}
