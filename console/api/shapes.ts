/** What the console reads, as openapi.yaml says it. */
import type { Schemas } from '../../src/client/call.ts';

export type Scored = Schemas['ScoredClass'];
export type SeenInput = Schemas['SeenInput'];
export type NearestExample = Schemas['NearestExample'];
export type PredictResponse = Schemas['PredictAnswer'];
export type VersionStatus = Schemas['VersionStatus'];
export type Model = Schemas['Model'];
export type ModelList = Schemas['ModelList'];
export type ClassFigures = Schemas['ClassMetrics'];
export type Figures = Schemas['Metrics'];
export type Release = Schemas['Release'];
export type Version = Schemas['Version'];
export type HistoryEntry = Schemas['HistoryEntry'];
export type Traffic = Schemas['Traffic'];
export type CanaryEvidence = Schemas['CanaryEvidence'];
export type Replay = Schemas['Replay'];
export type Review = Schemas['Review'];
