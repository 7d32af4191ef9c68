namespace HighPerf.Kafka.Protocol.Records;

/// <summary>What a control record says. Types that are not named here are to be passed over.</summary>
internal enum ControlRecordType : short
{
    Abort = 0,
    Commit = 1,
}
